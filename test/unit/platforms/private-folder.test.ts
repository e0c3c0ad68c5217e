import { chmod, mkdir, readFile, rm, stat, statfs, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import {
  findPrivateFolder,
  listPrivateFolders,
  privateFolder,
  removePrivateFolder,
  removePrivateFoldersIn,
} from '../../../src/platforms/private-folder.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const test = suite('private folders');

test('lie in memory, for their owner alone, are found by the machine’s folder, and go', async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  const made = await privateFolder(path);
  assert.is((await statfs(made)).type, 0x01021994);
  assert.is((await stat(made)).mode & 0o777, 0o700);
  assert.is(await privateFolder(path), made);
  assert.is(await findPrivateFolder(path), made);
  assert.ok((await listPrivateFolders()).some(({ folder, of }) => folder === made && of === path));
  await removePrivateFolder(path);
  await removePrivateFolder(path);
  assert.is(await findPrivateFolder(path), undefined);
  await rejects(readFile(made), /ENOENT/);
});

test('those of all that was in a folder go with it, and no others', async () => {
  await using folder = await temporaryFolder();
  const [left, other] = [join(folder.path, 'work', 'left'), join(folder.path, 'workshop')];
  for (const path of [left, other]) await mkdir(path, { recursive: true });
  const [made, kept] = [await privateFolder(left), await privateFolder(other)];
  await removePrivateFoldersIn(join(folder.path, 'work'));
  await rejects(stat(made), /ENOENT/);
  assert.ok((await stat(kept)).isDirectory());
  await removePrivateFolder(other);
});

test('one whose removal was cut off goes too, with what is left in it; what else is called so is left alone', async () => {
  await using folder = await temporaryFolder();
  const work = join(folder.path, 'work');
  const [cut, other] = [join(work, 'cut'), join(work, 'other')];
  for (const path of [cut, other, join(folder.path, 'users')]) await mkdir(path, { recursive: true });
  const made = await privateFolder(cut);
  await writeFile(join(made, 'key'), 'half');
  await rm(join(made, 'vm'));
  await symlink(join(folder.path, 'users'), join(other, 'private'));
  await removePrivateFoldersIn(work);
  await rejects(stat(made), /ENOENT/);
  assert.ok((await stat(join(folder.path, 'users'))).isDirectory());
});

test('those of a folder that was named by a symbolic link go by its own name too', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'home', 'work', 'machine'), { recursive: true });
  await symlink(join(folder.path, 'home'), join(folder.path, 'link'));
  const made = await privateFolder(join(folder.path, 'link', 'work', 'machine'));
  await removePrivateFoldersIn(join(folder.path, 'home', 'work'));
  await rejects(stat(made), /ENOENT/);
  const again = await privateFolder(join(folder.path, 'home', 'work', 'machine'));
  await removePrivateFoldersIn(join(folder.path, 'link', 'work'));
  await rejects(stat(again), /ENOENT/);
});

test('one that others may look into is not used', async () => {
  await using folder = await temporaryFolder();
  const machine = join(folder.path, 'vm');
  await mkdir(machine);
  const made = await privateFolder(machine);
  await chmod(made, 0o755);
  const fault = await rejects(privateFolder(machine), { code: 'HOST_TOOL_FAILED' });
  assert.match(fault.message, 'is not a folder of this user alone');
  await removePrivateFolder(machine);
});

test.run();
