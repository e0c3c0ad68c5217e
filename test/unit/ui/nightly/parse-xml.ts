/** An element of a document. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** Its own text, less that of its children. */
  readonly text: string;
}

const NAME = '[A-Za-z][\\w-]*';
const TOKEN = new RegExp(
  `<(?<close>/)?(?<name>${NAME})(?<attributes>(?:\\s+${NAME}="[^"<]*")*)\\s*(?<empty>/)?>|(?<text>[^<]+)`,
  'y',
);

/** Reads a strict part of XML: elements, quoted attributes, text with the five entities; anything else is thrown. */
export function parseXml(document: string): Element {
  const source = document.replace(/^<\?xml [^?]*\?>/, '').trim();
  const root = open('', {});
  const stack = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const { close, name, attributes, empty, text } = TOKEN.exec(source)?.groups ?? {};
    const top = stack.at(-1) ?? root;
    if (text !== undefined) top.text += unescaped(text);
    else if (name === undefined) throw new Error(`no XML: ${source.slice(at, at + 40)}`);
    else if (close !== undefined) {
      if (stack.pop()?.name !== name) throw new Error(`</${name}> closes something else`);
    } else {
      const element = open(name, attributesOf(attributes ?? ''));
      top.children.push(element);
      if (empty === undefined) stack.push(element);
    }
  }
  const [only] = root.children;
  if (stack.length !== 1 || only === undefined || root.children.length !== 1 || root.text !== '')
    throw new Error('not one element');
  return only;
}

function open(name: string, attributes: Record<string, string>) {
  return { name, attributes, children: [] as Element[], text: '' };
}

function attributesOf(text: string): Record<string, string> {
  const found = text.matchAll(new RegExp(`(${NAME})="([^"]*)"`, 'g'));
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, unescaped(value)]));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function unescaped(text: string): string {
  return text.replace(/&([^;]*);?/g, (whole, name: string) => {
    const value = ENTITIES[name];
    if (value === undefined) throw new Error(`an unknown entity: ${whole}`);
    return value;
  });
}
