import * as assert from 'uvu/assert';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { bakeWorkspace } from '../support/bake-workspace.ts';
import { missing } from '../support/engines.ts';
import { suite } from '../support/suite.ts';

const test = suite('what changed between two images', { skip: await missing('docker') });

const TEMPLATE = `name: test-diff
base: debian-12-minimal
converge:
  - shell: { script: provisioners/tool.sh, creates: /opt/done }
checks:
  file: { /opt/done: { exists: true } }
container: { init: none, command: [sleep, "60"] }
`;

const entry = (version: string, change: string) => `tool (${version}) stable; urgency=medium

  * ${change}

 -- A Maintainer <a@example.org>  Mon, 02 Nov 2026 10:00:00 +0000
`;

/** Makes two packages of one source, as dpkg-deb does, and installs them; one has the other's documentation. */
const script = (version: string, changelog: string, more: string) => `set -eu
package() { # NAME
  printf 'Package: %s\\nVersion: ${version}\\nArchitecture: all\\nMaintainer: A <a@example.org>\\nDescription: test\\n' \\
    "$1" > "/tmp/$1/DEBIAN/control"
  dpkg-deb --build "/tmp/$1" "/tmp/$1.deb"
}
mkdir -p /tmp/tool/DEBIAN /tmp/tool/usr/share/doc/tool /tmp/tool/usr/bin /tmp/libtool0/DEBIAN /tmp/libtool0/usr/share/doc
gzip -9n > /tmp/tool/usr/share/doc/tool/changelog.Debian.gz <<'END'
${changelog}END
echo ${version} > /tmp/tool/usr/bin/tool
ln -s tool /tmp/libtool0/usr/share/doc/libtool0
${more}
package tool
package libtool0
dpkg -i /tmp/tool.deb /tmp/libtool0.deb
echo ${version} > /etc/tool.conf
echo done > /opt/done
`;

test('packages with their changelogs, set-uid and configuration files, and why, of two real images', async ({
  signal,
}) => {
  const first = entry('1.0-1', 'First.');
  await using workspace = await bakeWorkspace({
    'templates/test-diff.yaml': TEMPLATE,
    'provisioners/tool.sh': script('1.0-1', first, ''),
  });
  const bake = async (...argv: string[]) => {
    const ran = await workspace.bake(argv, { signal });
    assert.is(ran.exitCode, 0, ran.stderr);
    return ran.stdout;
  };
  await bake('image', 'test-diff');
  const changelog = [entry('1.2-1', 'CVE-2'), entry('1.1-1', 'CVE-1'), first].join('\n');
  await workspace.write({
    'provisioners/tool.sh': script('1.2-1', changelog, 'chmod 4755 /tmp/tool/usr/bin/tool'),
  });
  await bake('image', 'test-diff');

  const lines = (await bake('diff', 'test-diff@1', 'test-diff@2', '--changelog')).trimEnd().split('\n');
  assert.equal(lines.slice(1), [
    'why:',
    '  the bundle has other files:',
    '    ~ provisioners/tool.sh',
    'packages:',
    '  ~ libtool0 1.0-1 → 1.2-1',
    '  ~ tool 1.0-1 → 1.2-1',
    'changelogs:',
    '  libtool0, tool 1.0-1 → 1.2-1',
    '    1.2-1 (stable; urgency=medium)',
    '      * CVE-2',
    '    1.1-1 (stable; urgency=medium)',
    '      * CVE-1',
    'set-uid and set-gid files:',
    '  + /usr/bin/tool set-uid, runs as root (of tool)',
    'configuration files:',
    '  ~ /etc/tool.conf (content)',
    'files of packages:',
    ...lines.filter((line) => /^ {2}\d+ /.test(line)),
    ...lines.filter((line) => line.startsWith('size: ')),
  ]);
  assert.match(
    await bake('history', 'test-diff'),
    /since test-diff@1: 2 packages upgraded\n {2}because: bundle\n/,
  );

  // without its bytes, all but the changelogs is told
  const { docker } = await connectEngine(signal);
  await docker.getImage('kiln/test-diff:latest').remove();
  await docker.getImage('kiln/test-diff:2').remove();
  const gone = await workspace.bake(['diff', 'test-diff@1', 'test-diff', '--changelog', '--json'], {
    signal,
  });
  const told = JSON.parse(gone.stdout);
  assert.equal([told.packages.upgraded.length, told.changelogsUnknown.code], [2, 'FORM_MISSING']);
  assert.is(gone.exitCode, 1, gone.stderr);
});

test.run();
