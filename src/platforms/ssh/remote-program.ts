import { shellJoin, shellQuote } from '../../core/shell-quote.ts';

/** What every program gets, as in a container: not what the machine's login shell or PAM made of it. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const LINE_BREAK = `'\n'`;

/**
 * Runs the script that is stdin's first line, and leaves what comes after for the script's own programs: the shell
 * reads byte by byte. `$1` is the home folder, `$2` a line break.
 */
const READER = `export HOME="$1" PATH=${PATH}; IFS= read -r s && eval "$s"`;

/**
 * The command of every session. It is always the same: a program, its words and its environment come over stdin, so
 * that they are in no process list, and may be long. The login shell hands over to sh at once, with an empty
 * environment; bash does that without env, whose start costs tens of milliseconds where the processor is emulated.
 */
export function remoteCommand(sudo: boolean): string {
  const sh = `/bin/sh -c ${shellQuote(READER)} sh`;
  if (sudo) return `exec sudo -n -- env -i ${sh} /root ${LINE_BREAK}`;
  return `[ -n "$BASH_VERSION" ] && exec -c ${sh} "$HOME" ${LINE_BREAK}; exec env -i ${sh} "$HOME" ${LINE_BREAK}`;
}

/** What is to be run, as in `ExecOptions`. */
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
  const script = [
    // The shell's own remark that a program was killed goes nowhere.
    'exec 3>&2 2>/dev/null',
    `echo ${mark} start`,
    `echo ${mark} start >&3`,
    `(exec 2>&3 3>&-${stdin ? '' : ' </dev/null'}`,
    `cd ${shellQuote(cwd)} || exit 126`,
    'unset OLDPWD',
    ...exports,
    `exec ${shellJoin(argv)})`,
    `echo ${mark} $? >&3`,
  ].join('; ');
  // Those that are left stand between single quotes.
  return `${script.replaceAll('\n', `'"$2"'`)}\n`;
}
