import { shellJoin, shellQuote } from '../../core/shell-quote.ts';

/** What every program gets, as in a container: not what the machine's login shell or PAM made of it. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Reads a script from stdin, so many lines as the first one says, and runs it; the shell reads byte by byte, so what
 * comes after is left for the script's own programs.
 */
const READER = `export HOME="$1" PATH=${PATH}; IFS= read -r n || exit 1; s=
while [ "$n" -gt 0 ] && IFS= read -r l; do s=$s$l'
'; n=$((n-1)); done
[ "$n" = 0 ] && eval "$s"`;

/**
 * The command of every session. It is always the same: a program, its words and its environment come over stdin, so
 * that they are in no process list, and may be long. The login shell hands over to sh at once, with an empty
 * environment; bash does that without env, whose start costs tens of milliseconds where the processor is emulated.
 */
export function remoteCommand(sudo: boolean): string {
  const sh = `/bin/sh -c ${shellQuote(READER)} sh`;
  if (sudo) return `exec sudo -n -- env -i ${sh} /root`;
  return `[ -n "$BASH_VERSION" ] && exec -c ${sh} "$HOME"; exec env -i ${sh} "$HOME"`;
}

export interface RemoteProgram {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether something follows on stdin. */
  readonly stdin: boolean;
}

/**
 * What is written to the command's stdin. It prints `MARK start` on both streams, runs the program without a shell and
 * then prints `MARK EXITCODE` on stderr: so whatever a login shell says first is told from the program's output, and
 * a lost connection from any exit code. `mark` is a random word.
 */
export function programText(program: RemoteProgram, mark: string): string {
  const { argv, env = {}, cwd = '/', stdin } = program;
  const name = Object.keys(env).find((key) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(key));
  if (name !== undefined) throw new TypeError(`no shell takes a variable called ${name}`);
  const exports = Object.entries(env).map(([key, value]) => `export ${key}=${shellQuote(value)}`);
  const lines = [
    // The shell's own remark that a program was killed goes nowhere.
    'exec 3>&2 2>/dev/null',
    `echo ${mark} start`,
    `echo ${mark} start >&3`,
    `(exec 2>&3 3>&-${stdin ? '' : ' </dev/null'}`,
    `cd ${shellQuote(cwd)} || exit 126; unset OLDPWD`,
    ...exports,
    `exec ${shellJoin(argv)})`,
    `echo ${mark} $? >&3`,
    '',
  ].join('\n');
  return `${lines.split('\n').length - 1}\n${lines}`;
}
