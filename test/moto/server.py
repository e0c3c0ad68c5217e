"""The server of moto, whose subnets give no address twice: a machine that has ended may answer there for a moment."""

from moto.ec2.models.subnets import Subnet
from moto.server import main

Subnet.del_subnet_ip = lambda subnet, address: None
main()
