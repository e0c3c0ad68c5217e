/**
 * Variables of the environment that do not keep what is assigned to them, or that change how the program works that
 * reads them (bash(1), environ(7), ld.so(8)); and Kiln's own.
 */
const TAKEN =
  /^(?:PATH|HOME|PWD|OLDPWD|IFS|UID|EUID|PPID|GROUPS|DIRSTACK|FUNCNAME|LINENO|OPTIND|RANDOM|SRANDOM|SECONDS|EPOCH(?:SECONDS|REALTIME)|HISTCMD|SHELLOPTS|BASHOPTS|BASH_.*|LD_.*|KILN_.*)$/;

/** Whether a variable has a meaning of its own, so that no value of data can have its name. */
export function isTakenVariable(name: string): boolean {
  return TAKEN.test(name);
}
