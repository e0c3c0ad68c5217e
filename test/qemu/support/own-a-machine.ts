import { makeMachineFolder } from '../../../src/platforms/qemu/machine-folder.ts';
import { startIdleQemu } from './idle-qemu.ts';

/* MACHINES NAME: a process that owns a machine, says so, and stays until it is killed. */
const [machines = '', name = ''] = process.argv.slice(2);
const { path } = await makeMachineFolder(machines, name);
await startIdleQemu(path, AbortSignal.timeout(30_000));
process.stdout.write('it runs\n');
setInterval(() => {}, 60_000);
