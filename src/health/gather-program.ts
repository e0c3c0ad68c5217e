import { createHash } from 'node:crypto';
import { shellJoin, shellQuote } from '../core/shell-quote.ts';
import type { Facts, Fragment } from './kind.ts';

/** The most that is read of one file, output or body, in bytes; what is longer is not judged. */
export const LONGEST_FACT = 4 * 1024 * 1024;

/**
 * The program of one round, for dash, busybox and bash alike; beyond the shell it uses coreutils.
 *
 * Between two facts it prints `boundary`, which is random in each round, as MIME does: so a fact may hold any
 * text and costs no process to encode. Slow fragments run side by side, each in a session of its own so that it
 * can be killed whole; what they write goes to a folder that is removed at the end.
 */
export function gatherProgram(fragments: readonly Fragment[], boundary: string): string {
  const first = fragments.filter((fragment) => fragment.first);
  const quick = fragments.filter((fragment) => fragment.limit === undefined && !fragment.first);
  const slow = fragments.filter(({ limit }) => limit !== undefined);
  // The braces make the shell read all of it before it runs any of it: its stdin is this program.
  return [
    '{',
    '[ -n "$PATH" ] || export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    `fact() { printf '\\n%s %s\\n' ${boundary} "$1"; }`,
    ...first.flatMap(runQuick),
    ...(slow.length === 0 ? [] : startJobs(slow, boundary)),
    ...quick.flatMap(runQuick),
    ...(slow.length === 0 ? [] : ['wait $jobs', 'kill $watches 2>/dev/null', 'cat "$room"/*.facts']),
    'fact end',
    'exit 0',
    '} </dev/null',
    '',
  ].join('\n');
}

/** The facts in a program's output, each exactly as it was printed. */
export function readFacts(stdout: string, boundary: string): Facts {
  const parts = `\n${stdout}`.split(`\n${boundary} `).slice(1);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf('\n');
      return [part.slice(0, end), part.slice(end + 1)];
    }),
  );
}

/** Sh that prints the beginning of a file; `isCut` tells whether more was there. */
export function printStart(path: string): string {
  return `head -c ${LONGEST_FACT + 1} ${path}`;
}

/** Whether a fact was longer than is read. */
export function isCut(fact: string): boolean {
  return fact.length > LONGEST_FACT / 4 && Buffer.byteLength(fact) > LONGEST_FACT;
}

function runQuick({ key, script }: Fragment): string[] {
  return [`fact ${key}`, `{ ${script}`, '}'];
}

function startJobs(slow: readonly Fragment[], boundary: string): string[] {
  const limits = [...new Set(slow.map(({ limit }) => limit ?? 0))];
  return [
    ...makeRoom(boundary),
    'session=; command -v setsid >/dev/null 2>&1 && session=setsid',
    JOB,
    WATCH,
    'jobs= watches=',
    ...slow.flatMap(({ key, script, suffixes = [], inputs = {} }) => [
      ...Object.entries(inputs).map(
        ([name, text]) => `printf %s ${shellQuote(text)} >"$room/${key}.${name}"`,
      ),
      `job ${shellQuote(script)} ${shellJoin([key, ...suffixes])} &`,
      'jobs="$jobs $!"',
    ]),
    ...limits.flatMap((limit) => [
      `watch ${limit / 1000} ${Math.ceil(limit / 1000)} ${shellJoin(keysWith(slow, limit))} >/dev/null 2>&1 &`,
      'watches="$watches $!"',
    ]),
    // Only now: a subshell that is ended before it has put its parent's trap off would lose the signal.
    `trap 'exit 143' HUP INT TERM`,
  ];
}

function keysWith(slow: readonly Fragment[], limit: number): string[] {
  return slow.filter((fragment) => fragment.limit === limit).map(({ key }) => key);
}

/** A private folder, in memory where there is one: a check leaves no trace in the tree that becomes the image. */
function makeRoom(boundary: string): string[] {
  // Anybody may see its name, who could write facts of his own with the boundary.
  const name = `kiln-${createHash('sha256').update(boundary).digest('hex').slice(0, 32)}`;
  return [
    'umask_before=$(umask); umask 077; room=',
    'for place in /dev/shm /run /tmp; do',
    `  mkdir "$place/${name}" 2>/dev/null && room=$place/${name} && break`,
    'done',
    'umask "$umask_before"',
    '[ -n "$room" ] || { echo "no folder to write to: /dev/shm, /run, /tmp" >&2; exit 1; }',
    `trap 'rm -rf "$room"' EXIT`,
  ];
}

/** Runs one slow fragment (script, key, suffixes) and writes its facts to a file. */
const JOB = `
job() {
  own=$room/$2
  $session sh -c "$1" sh "$own" >"$own.out" 2>"$own.err" &
  echo $! >"$own.pid"
  # Its time may have been up before anybody knew what to kill.
  [ ! -e "$own.late" ] || kill -s KILL -- "-$!" 2>/dev/null || kill -s KILL "$!"
  wait $!
  status=$?
  [ -e "$own.late" ] && status=late
  key=$2
  shift 2
  {
    fact "$key.exit"; printf %s "$status"
    for suffix in out err "$@"; do
      [ -s "$own.$suffix" ] && { fact "$key.$suffix"; ${printStart('"$own.$suffix"')}; }
    done
  } >"$own.facts"
}`.trim();

/** After a time (exact, and in whole seconds for a sleep that takes no fractions) kills those of some jobs that still run. */
const WATCH = `
watch() {
  trap 'kill "$nap"; exit' TERM
  for time in "$1" "$2"; do
    sleep "$time" &
    nap=$!
    wait "$nap" && break
  done
  shift 2
  for key do
    [ -e "$room/$key.facts" ] && continue
    : >"$room/$key.late"
    read -r pid <"$room/$key.pid"
    kill -s KILL -- "-$pid" || kill -s KILL "$pid"
  done
}`.trim();
