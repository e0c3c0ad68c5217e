import type { Runtime } from '../catalogue/runtime.ts';
import type { Template } from '../config/template.ts';
import type { RunConfig } from '../forms/oci/oci-store.ts';
import { exposed, imageUser } from './run-config.ts';

/** What a record keeps of a template, so that its image is launched by the record alone; `base` is how the base runs. */
export function recordedRuntime(template: Template, base: RunConfig): Runtime {
  const { checks, probe, data, secrets, state, container, forms, vm, instance } = template;
  const user = imageUser(base, container);
  const ports = container.ports?.map(exposed) ?? Object.keys(base.ExposedPorts ?? {});
  return {
    init: container.init,
    ...(user === undefined ? {} : { user }),
    ...(forms.includes('disk') ? { vm } : {}),
    ...(forms.includes('ami') && instance?.type !== undefined ? { instance: { type: instance.type } } : {}),
    ...(ports.length === 0 ? {} : { ports }),
    checks,
    probe,
    data,
    secrets,
    state,
  };
}
