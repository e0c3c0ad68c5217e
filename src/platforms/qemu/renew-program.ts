import { TRANSPORT_FOLDER, TRANSPORT_OPTIONS, TRANSPORT_PORT } from './guest-ports.ts';
import { CHANNEL_PORT } from './qemu-command.ts';

/** What ends the preparation of a guest that cannot be kept: it has no perl, no systemd or no sshd. */
export const NOT_KEPT = 3;

/** Longer than it takes to enter a resumed machine. */
const START_UNITS_SECONDS = 2;

const CREDENTIALS = '/run/credentials/@system';

/**
 * Prepares a guest, with the program below on stdin, for being saved. Nothing that goes by the clock runs when it is
 * resumed before the clock is right, and nothing is left of the keys that every copy would share.
 */
export const PREPARE = `set -eu
command -v perl >/dev/null && command -v systemd-run >/dev/null || exit ${NOT_KEPT}
[ -d /run/systemd/system ] && [ -x /usr/sbin/sshd ] && [ -d /etc/ssh ] || exit ${NOT_KEPT}
umask 077; mkdir -p ${TRANSPORT_FOLDER}; cd ${TRANSPORT_FOLDER}; cat > renew.pl
units=$(systemctl list-units --type=timer --state=active --plain --no-legend --no-pager | cut -d' ' -f1)
for unit in ssh.socket sshd.socket ssh.service sshd.service; do
  systemctl -q is-active $unit && units="$units $unit"
done
[ -z "$units" ] || systemctl stop $units
printf '%s\\n' $units > units
rm -f /var/lib/systemd/timers/stamp-* /etc/ssh/ssh_host_*
sync
exec systemd-run -q --collect --unit=kiln-transport --description="Kiln's way into this machine" \\
  -p Type=exec -- perl ${TRANSPORT_FOLDER}/renew.pl`;

/**
 * Waits in a guest on its virtio port; the guest is saved meanwhile. When it is resumed, the first that it does is to
 * take over what the host writes there: time, entropy, keys. Only then does it let anybody in: it is also the server
 * that runs an sshd for each connection, and listens since before it was saved. See docs of random(4) for the ioctls,
 * and asm/unistd_64.h for the number of clock_settime.
 */
export const RENEW_PROGRAM = `use strict; use warnings; use Socket;
my ($port, $in, %said) = (undef, '');
for my $name (glob '/sys/class/virtio-ports/*/name') {
  open my $file, '<', $name or next;
  $port = "/dev/$1" if <$file> eq "${CHANNEL_PORT}\\n" && $name =~ m{virtio-ports/([^/]+)/};
}
defined $port or die "no virtio port ${CHANNEL_PORT}\\n";
open my $host, '+<:raw', $port or die "$port: $!\\n";
sub answer { my $text = "@_\\n"; syswrite $host, $text }
sub need { my ($done, $what) = @_; return if $done; answer("failed to $what: $!"); exit 1 }
sub put {
  my ($path, $text, $mode) = @_;
  open my $file, '>', $path or return 0;
  chmod $mode, $file;
  print $file $text and close $file;
}

socket(my $server, PF_INET, SOCK_STREAM, 0) or die "socket: $!\\n";
setsockopt $server, SOL_SOCKET, SO_REUSEADDR, 1;
bind($server, sockaddr_in(${TRANSPORT_PORT}, INADDR_ANY)) && listen($server, 64) or die "listen: $!\\n";

# A port without a host at its other end has nothing to read, and says so at once.
until ($said{go}) {
  my $read = sysread $host, my $piece, 65536;
  if (!$read) { select undef, undef, undef, 0.01; next }
  $in .= $piece;
  while ($in =~ s/^(\\w+) ?(.*)\\n//) {
    answer('waiting') if $1 eq 'hello';
    $said{$1} = $2 || 1;
  }
}

need(syscall(227, 0, pack('q2', split / /, $said{clock})) == 0, 'set the clock');
my $entropy = pack 'H*', $said{entropy};
open my $random, '+<', '/dev/urandom' or need(0, 'open /dev/urandom');
need(ioctl($random, 0x40085203, pack('i2a*', 8 * length $entropy, length $entropy, $entropy)), 'add entropy');
need(ioctl($random, 0x5207, 0), 'reseed the random number generator');

my ($authorized, $host_key, $old) = (map({ pack 'H*', $said{$_} } qw(authorized hostkey oldkey)));
need(put('${TRANSPORT_FOLDER}/authorized_keys', "$authorized\\n", 0600), 'write the key');
need(put('${TRANSPORT_FOLDER}/host_key', $host_key, 0600), 'write the host key');
need(put('/etc/ssh/ssh_host_ed25519_key', $host_key, 0600), 'write the host key of its own sshd');
if (-d '${CREDENTIALS}') {
  # mount(2) with MS_REMOUNT; and again, read-only, with MS_NOSUID, MS_NODEV and MS_NOEXEC
  my ($none, $folder) = ('none', '${CREDENTIALS}');
  need(syscall(165, $none, $folder, 0, 32 | 14, 0) == 0, 'open its credentials');
  for (['ssh.host-key', $host_key], ['ssh.ephemeral-authorized_keys-all', "$authorized\\n"]) {
    my ($name, $text) = @$_;
    need(put("$folder/$name", $text, 0400), "renew its credential $name") if -e "$folder/$name";
  }
  unlink "$folder/ssh.authorized_keys.root";
  syscall(165, $none, $folder, 0, 32 | 15, 0);
}
for my $path (glob '/root/.ssh/authorized_keys /home/*/.ssh/authorized_keys') {
  open my $file, '<', $path or next;
  my $text = join '', <$file>;
  next unless $text =~ s/\\Q$old\\E/$authorized/g;
  open $file, '>', $path and print $file $text or need(0, "write $path");
  close $file;
}
answer('renewed');

# What was stopped starts again a little later: whoever comes in first is not to wait for it.
my @units;
if (open my $file, '<', '${TRANSPORT_FOLDER}/units') { chomp(@units = <$file>) }
if (@units && !fork) { sleep ${START_UNITS_SECONDS}; exec 'systemctl', 'start', '--no-block', @units; exit 127 }
$SIG{CHLD} = 'IGNORE';
for (;;) {
  accept(my $client, $server) or next;
  my $child = fork;
  if (defined $child && !$child) {
    $SIG{CHLD} = 'DEFAULT';
    mkdir '/run/sshd', 0755;
    open STDIN, '<&', $client; open STDOUT, '>&', $client;
    exec '/usr/sbin/sshd', '-i', ${TRANSPORT_OPTIONS.map((word) => `'${word}'`).join(', ')};
    exit 127;
  }
}
`;
