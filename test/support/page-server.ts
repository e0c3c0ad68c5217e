import { setTimeout as delay } from 'node:timers/promises';

/**
 * A server without an init, for an image of the minimal base: it answers a GET on port 8080 with its
 * `/run/kiln/environment.json`, and ends when it is asked to.
 */
export const PAGE_SERVER: readonly string[] = [
  'perl',
  '-MIO::Socket::INET',
  '-e',
  `$SIG{TERM} = sub { exit 0 };
  my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 128, ReuseAddr => 1) or die "no port: $!";
  while (my $client = $server->accept) {
    while (defined(my $line = <$client>)) { last if $line =~ /^\\r?\\n/ }
    open my $file, '<', '/run/kiln/environment.json';
    print $client "HTTP/1.0 200 OK\\r\\n\\r\\n", <$file>;
    close $client;
  }`,
];

/** How long a server that has started may take until it answers. */
const PATIENCE_MS = 60_000;

/** What a GET on a port of this host gives; nothing when nobody listens there. */
export async function page(port: number): Promise<string | undefined> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
      return await answer.text();
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
      if (code === 'ECONNREFUSED') return undefined;
      // The engine's proxy listens before the program behind it does.
      if (performance.now() > deadline) throw error;
      await delay(50);
    }
  }
}
