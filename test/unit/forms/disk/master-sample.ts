import { Scope } from '../../../../src/core/scope.ts';
import { diskForm } from '../../../../src/forms/disk/disk-form.ts';
import { everyKind, SPEC, wholeTree } from './sample-disk.ts';

/*
 * node --import tsx master-sample.ts HOME: masters the sample with every kind of entry as whoever runs this, and prints
 * the disk's digest.
 */

process.umask(0o077);
const home = process.argv[2] ?? '';
const { signal } = new AbortController();
await using scope = new Scope();
await using tree = await wholeTree(everyKind(), home, signal);
const { ref } = await diskForm({ home, work: home }).master(tree, SPEC, scope, signal);
process.stdout.write(`${ref.digest}\n`);
