import type { Inventory } from '../catalogue/inventory.ts';
import { readInventory, readSections, SECTION_MARK } from '../catalogue/inventory-facts.ts';
import { readPackageFiles } from '../catalogue/package-files.ts';
import { packPackageFiles } from '../catalogue/stored-package-files.ts';
import { Fault } from '../core/fault.ts';
import type { Machine } from '../platforms/platform.ts';

const TIMEOUT_MS = 120_000;

/** What a running machine holds, and which of its paths are packages': packed, as a bake may wait for hours with it. */
export interface TakenInventory {
  readonly inventory: Inventory;
  readonly packageFiles: Uint8Array;
}

/**
 * Takes the inventory of a machine whose services are up: one exec of one POSIX shell program.
 *
 * It asks only for what is there, so a system without dpkg, systemd or /proc gives a shorter inventory.
 */
export async function takeInventory(machine: Machine, signal: AbortSignal): Promise<TakenInventory> {
  const { exitCode, stdout, stderr } = await machine.exec(['/bin/sh', '-c', INVENTORY_SCRIPT], {
    signal,
    timeout: TIMEOUT_MS,
  });
  const sections = readSections(stdout);
  if (sections === undefined) {
    throw new Fault(
      'ENGINE_FAILED',
      `the inventory of machine ${machine.id} broke off with exit code ${exitCode}`,
      {
        hint: 'The image needs a shell at /bin/sh and room in memory for it to be inventoried.',
        details: stderr.split('\n').filter(Boolean).slice(-5),
      },
    );
  }
  return {
    // A copy: a piece of a text keeps all of it in memory, and this one is a megabyte.
    inventory: JSON.parse(JSON.stringify(readInventory(sections))) as Inventory,
    packageFiles: await packPackageFiles(readPackageFiles(sections)),
  };
}

/** Reads and prints; it changes nothing in the machine. Facts are taken apart in `catalogue/inventory-facts.ts`. */
const INVENTORY_SCRIPT = `
LC_ALL=C; export LC_ALL
section() { printf '${SECTION_MARK}%s\\n' "$1"; }
have() { command -v "$1" >/dev/null 2>&1; }

section packages
if have dpkg-query; then
  dpkg-query -W -f='\${Package}\\t\${Version}\\t\${Architecture}\\t\${db:Status-Status}\\n'
elif have rpm; then
  rpm -qa --qf '%{NAME}\\t%{EPOCH}:%{VERSION}-%{RELEASE}\\t%{ARCH}\\n'
  section rpm-files
  rpm -qa --qf '=%{NAME}\\n[%{FILENAMES}\\n]'
fi
if [ -d /var/lib/dpkg/info ]; then
  section dpkg-files
  (cd /var/lib/dpkg/info && tail -n +1 /dev/null ./*.list)
  section diversions
  cat /var/lib/dpkg/diversions
  section edited
  dpkg-query -W -f='\${Conffiles}\\n' |
    sed -n 's/^ \\(\\/.*\\) \\([0-9a-f]\\{32\\}\\)$/\\2  \\1/p' | md5sum -c --quiet
fi
if [ -f /lib/apk/db/installed ]; then
  section apk
  cat /lib/apk/db/installed
fi

section services
if [ -d /run/systemd/system ]; then
  systemctl list-unit-files --no-pager --no-legend --full --type=service,socket,timer \\
    --state=enabled,enabled-runtime,static,generated,masked
fi

section users
cat /etc/passwd

for table in tcp tcp6 udp udp6; do
  section "$table"
  cat "/proc/net/$table"
done
section sockets
ls -l /proc/[0-9]*/fd | grep -e '^/proc/' -e 'socket:'
section names
grep . /dev/null /proc/[0-9]*/comm
section end
exit 0
`;
