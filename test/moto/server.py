"""
The server of moto, with what of AWS the tests need and moto has not:

- Subnets give no address twice: a machine that has ended may answer there for a moment.
- Versions of launch templates can be deleted, all but the default, and no number comes again.
"""

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.models.subnets import Subnet
from moto.ec2.responses import EC2Response
from moto.server import main

get_version = LaunchTemplate.get_version
describe_versions = EC2Backend.describe_launch_template_versions


def present(template):
    """A deleted version stays in the list, by whose places moto numbers them."""
    return [version for version in template.versions if not getattr(version, "deleted", False)]


def get_present_version(template, number):
    if str(number).lower() == "$latest":
        return present(template)[-1]
    version = get_version(template, number)
    return version if version in present(template) else get_version(template, len(template.versions) + 1)


def describe_present_versions(backend, *args, **kwargs):
    found = describe_versions(backend, *args, **kwargs)
    return [(template, version) for template, version in found if version in present(template)]


def delete_version(template, number):
    """The code and the message of what is in its way."""
    version = next((one for one in present(template) if one.number == number), None)
    if version is None:
        return "launchTemplateVersionDoesNotExist", f"There is no version {number}."
    if template.is_default(version):
        return "unexpectedError", "The default version cannot be deleted."
    version.deleted = True
    return None


def delete_launch_template_versions(response):
    response.error_on_dryrun()
    template = response.ec2_backend.get_launch_template(response._get_param("LaunchTemplateId"))
    deleted, kept = [], []
    for number in [int(text) for text in response._get_param("Versions")]:
        item = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "VersionNumber": number}
        refusal = delete_version(template, number)
        if refusal is None:
            deleted.append(item)
        else:
            code, message = refusal
            kept.append({**item, "ResponseError": {"Code": code, "Message": message}})
    return ActionResult(
        {
            "SuccessfullyDeletedLaunchTemplateVersions": deleted,
            "UnsuccessfullyDeletedLaunchTemplateVersions": kept,
        }
    )


Subnet.del_subnet_ip = lambda subnet, address: None
LaunchTemplate.get_version = get_present_version
LaunchTemplate.latest_version = lambda template: present(template)[-1]
EC2Backend.describe_launch_template_versions = describe_present_versions
EC2Response.delete_launch_template_versions = delete_launch_template_versions
main()
