/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What a path leads to; nothing when there is none. */
export type Lookup = (root: Json) => Json | undefined;

/** Follows the rest of a path from a value. */
type Follow = (value: Json) => Json | undefined;

/**
 * A path in gjson's syntax (https://github.com/tidwall/gjson/blob/master/SYNTAX.md), as goss's `gjson` matcher takes it.
 *
 * The subset: keys with `\` before special characters, `*` and `?` in keys, indices, `#` for the length of a list and for
 * each of its elements, `#(key=="value")` for the first of them and `#(…)#` for all, `.` and `|`, `@this`. Throws an Error
 * for the rest of it: other modifiers, several paths at once, literals, lines.
 */
export function gjsonPath(path: string): Lookup {
  if (path === '') throw new Error('a path is empty');
  if (path.startsWith('..')) throw new Error('lines of JSON (..) are not supported in a path');
  return follow(splitPath(path));
}

interface Part {
  readonly text: string;
  /** What came before it. */
  readonly joint: '' | '.' | '|';
}

/** The parts between the dots and bars that are neither escaped nor in a query. */
function splitPath(path: string): Part[] {
  const parts: Part[] = [];
  let joint: Part['joint'] = '';
  let text = '';
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < path.length; at++) {
    const char = path.charAt(at);
    if (char === '\\') {
      text += path.slice(at, at + 2);
      at += 1;
    } else if (depth === 0 && (char === '.' || char === '|')) {
      parts.push({ text, joint });
      [joint, text] = [char, ''];
    } else {
      if (char === '"' && depth > 0) quoted = !quoted;
      if (!quoted && char === '(' && (depth > 0 || text === '#')) depth += 1;
      if (!quoted && char === ')' && depth > 0) depth -= 1;
      text += char;
    }
  }
  if (depth > 0) throw new Error(`"${path}" has a bracket that is not closed`);
  parts.push({ text, joint });
  return parts;
}

function follow(parts: readonly Part[]): Follow {
  const [first, ...rest] = parts;
  if (first === undefined) return (value) => value;
  const { text } = first;
  if (text === '@this') return follow(rest);
  if (/^[@!{[]/.test(text))
    throw new Error(`"${text}" is not supported in a path: of what gjson adds to keys, only @this is`);
  if (text.startsWith('#(')) return followQuery(text, rest);
  const step = text === '#' ? followEach(rest) : undefined;
  const inMap = keyFinder(text);
  const after = follow(rest);
  return (value) => {
    if (Array.isArray(value)) {
      if (step !== undefined) return step(value);
      const element = /^\d+$/.test(text) ? (value as readonly Json[])[Number(text)] : undefined;
      return element === undefined ? undefined : after(element);
    }
    if (value === null || typeof value !== 'object') return undefined;
    const found = inMap(value as Readonly<Record<string, Json>>);
    return found === undefined ? undefined : after(found);
  };
}

/** `#` alone is how many there are, `#.rest` the rest of each, where it leads to something; what comes after a `|` is of the list. */
function followEach(rest: readonly Part[]): (list: readonly Json[]) => Json | undefined {
  if (rest.length === 0) return (list) => list.length;
  const { each, after } = eachAndAfter(rest);
  if (each.length === 0) return (list) => after(list.length);
  const one = follow(each);
  return (list) => after(list.map(one).filter((value) => value !== undefined));
}

function followQuery(text: string, rest: readonly Part[]): Follow {
  const all = text.endsWith(')#');
  if (!all && !text.endsWith(')')) throw new Error(`"${text}" is no query such as #(name=="x")`);
  const holds = readQuery(text.slice(2, all ? -2 : -1));
  if (!all) {
    const after = follow(rest);
    return (value) => {
      const found = Array.isArray(value) ? (value as readonly Json[]).find(holds) : undefined;
      return found === undefined ? undefined : after(found);
    };
  }
  const { each, after } = eachAndAfter(rest);
  const one = follow(each);
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const chosen = (value as readonly Json[]).filter(holds);
    return after(chosen.map(one).filter((found) => found !== undefined));
  };
}

function eachAndAfter(rest: readonly Part[]) {
  const bar = rest.findIndex(({ joint }) => joint === '|');
  const end = bar === -1 ? rest.length : bar;
  return { each: rest.slice(0, end), after: follow(rest.slice(end)) };
}

const ORDERS: Readonly<Record<string, (order: number) => boolean>> = {
  '==': (order) => order === 0,
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** As gjson has it, the element says what the text in the query is taken for; what is none of these never holds. */
function compare(operator: string, actual: Json, written: string): boolean {
  if (typeof actual === 'string') {
    if (operator === '%') return wildcards(written).test(actual);
    if (operator === '!%') return !wildcards(written).test(actual);
    return inOrder(operator, actual < written ? -1 : actual > written ? 1 : 0);
  }
  if (typeof actual === 'number') return inOrder(operator, actual - (Number(written) || 0));
  if (typeof actual !== 'boolean') return false;
  if (operator === '=' || operator === '==') return written === String(actual);
  if (operator === '!=') return written !== String(actual);
  const [beyond, atLeast] = actual ? ['>', '>='] : ['<', '<='];
  return operator === atLeast || (operator === beyond && written === String(!actual));
}

function inOrder(operator: string, order: number): boolean {
  return ORDERS[operator]?.(order) ?? false;
}

/** `key op value`, `key` for whether it is there, `op value` of the element itself. */
function readQuery(text: string): (element: Json) => boolean {
  const { key, operator, written } = splitQuery(text);
  const lookUp = key === '' && operator !== '' ? (element: Json) => element : gjsonPath(key);
  if (operator === '') return (element) => lookUp(element) !== undefined;
  const wanted = readWritten(written);
  return (element) => {
    const actual = lookUp(element);
    return actual !== undefined && compare(operator, actual, wanted);
  };
}

/** At the first operator that is in no query of the key's own. */
function splitQuery(text: string): { key: string; operator: string; written: string } {
  const operators = /==|!=|<=|>=|!%|=|<|>|%/y;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\\') at += 1;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    operators.lastIndex = at;
    const [operator] = (depth === 0 && operators.exec(text)) || [];
    if (operator === undefined) continue;
    return { key: text.slice(0, at).trim(), operator, written: text.slice(at + operator.length).trim() };
  }
  return { key: text.trim(), operator: '', written: '' };
}

/** What a query compares with, without its quotes. */
function readWritten(text: string): string {
  if (text.startsWith('"')) {
    try {
      return JSON.parse(text) as string;
    } catch {
      throw new Error(`${text} is no value that a query can compare with`);
    }
  }
  if (/^[~@[{#]/.test(text)) throw new Error(`"${text}" is not supported in a query`);
  return text;
}

function keyFinder(text: string): (map: Readonly<Record<string, Json>>) => Json | undefined {
  const isPattern = /[*?]/.test(text.replace(/\\./gs, ''));
  if (!isPattern) {
    const key = text.replace(/\\(.)/gs, '$1');
    return (map) => (Object.hasOwn(map, key) ? map[key] : undefined);
  }
  const pattern = wildcards(text);
  return (map) => {
    const key = Object.keys(map).find((name) => pattern.test(name));
    return key === undefined ? undefined : map[key];
  };
}

/** `*` is any text, `?` one character, `\` takes a character as it is. */
function wildcards(text: string): RegExp {
  const body = text.replace(
    /\\(.)|([*?])|([^\\*?])/gs,
    (_, escaped?: string, wild?: string, plain?: string) => {
      if (wild !== undefined) return wild === '*' ? '.*' : '.';
      return (escaped ?? plain ?? '').replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
    },
  );
  return new RegExp(`^${body}$`, 's');
}
