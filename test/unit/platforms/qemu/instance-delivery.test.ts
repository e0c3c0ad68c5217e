import * as assert from 'uvu/assert';
import { credentialsOf } from '../../../../src/platforms/qemu/instance-delivery.ts';
import { delivery } from '../../../support/instance-spec.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('a delivery as credentials');
const TOLD = { 'kiln/environment.json': '{}' };

test('secrets keep their names, and all other files are copied below /run by systemd-tmpfiles', async () => {
  const files = { ...TOLD, 'credentials/@system/token': 'secret', 'kiln/100% "it"': '' };
  const credentials = await credentialsOf(delivery(files));
  const text = (name: string) => Buffer.from(credentials.get(name) ?? []).toString();
  assert.is(text('token'), 'secret');
  assert.is(text('kiln-file.1'), '{}');
  assert.is(
    text('tmpfiles.extra'),
    `d /run/kiln 0755 0 0 - -
C /run/kiln/environment.json 0444 0 0 - /run/credentials/@system/kiln-file.1
C "/run/kiln/100%% \\"it\\"" 0444 0 0 - /run/credentials/@system/kiln-file.2
`,
  );
  assert.is(credentials.size, 4);
});

test('without its data, or with a secret by a name that is ours, it is refused', async () => {
  await rejects(credentialsOf(delivery({ 'kiln/environment': 'A=1' })), { code: 'MACHINE_NOT_READY' });
  for (const name of ['tmpfiles.extra', 'ssh.host-key', 'kiln-file.1']) {
    const files = { ...TOLD, [`credentials/@system/${name}`]: 'x' };
    const fault = await rejects(credentialsOf(delivery(files)), { code: 'SECRETS_INVALID' });
    assert.match(fault.message, name);
  }
});

test.run();
