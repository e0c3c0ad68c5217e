import { writeFileSync } from 'node:fs';
import { Scope } from '../../src/core/scope.ts';
import { TCG } from '../../src/platforms/qemu/accelerator.ts';
import { qemuLauncher } from '../../src/platforms/qemu/qemu-launcher.ts';
import { instanceSpec } from './instance-spec.ts';

/** A process to be killed: launches one virtual machine into a `$KILN_HOME`, with the vm and the environment it is told. */
const [home = '', environment = '', vm = ''] = process.argv.slice(2);
const scope = new Scope();
const disk = JSON.parse(vm);
const launcher = qemuLauncher({ home, accelerator: TCG });
const spec = instanceSpec({ environment, form: disk.disk.digest, init: 'systemd', vm: disk });
await launcher.launch(spec, scope, new AbortController().signal);
writeFileSync(1, 'launched\n');
setInterval(() => {}, 1000);
