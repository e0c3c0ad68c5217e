/**
 * Perl that connects to the address in its arguments (network, host, port, milliseconds, local address or nothing) with
 * what is in Debian's perl-base, and prints `perl yes`, `perl no` or `perl late`.
 */
export const PERL_CONNECT = `use strict; use Errno qw(EINPROGRESS);
use Socket qw(AF_INET AF_INET6 SOCK_DGRAM SOCK_STREAM SOL_SOCKET SO_SNDTIMEO getaddrinfo);
my ($network, $host, $port, $limit, $local) = @ARGV;
my %hints = (socktype => $network eq "udp" ? SOCK_DGRAM : SOCK_STREAM);
$hints{family} = AF_INET if $network eq "tcp4";
$hints{family} = AF_INET6 if $network eq "tcp6";
my ($error, @addresses) = getaddrinfo($host, $port, { %hints });
my $late;
for (@addresses) {
  my ($socket, $bound);
  socket($socket, $_->{family}, $_->{socktype}, $_->{protocol}) or do { $error = $!; next };
  if ($local ne "") {
    ($error, my $own) = getaddrinfo($local, 0, { %hints, family => $_->{family} });
    next if $error;
    bind($socket, $own->{addr}) or do { $error = $!; next };
  }
  setsockopt($socket, SOL_SOCKET, SO_SNDTIMEO, pack("l!l!", int($limit / 1000), $limit % 1000 * 1000));
  if (connect($socket, $_->{addr})) { print "perl yes\\n"; exit 0 }
  $late = 1 if $! == EINPROGRESS;
  $error = $!;
}
print STDERR "$error\\n";
print $late ? "perl late\\n" : "perl no\\n";
`;
