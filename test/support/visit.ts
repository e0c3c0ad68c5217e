import { get } from 'node:http';

const ANSWER_WITHIN_MS = 2000;

/** What a page answers, asked over a connection of its own; what cannot be connected is thrown. */
export async function visit(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  return await new Promise((resolve, reject) => {
    get(url, { agent: false, headers, signal }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (piece: string) => {
        body += piece;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, body })).on('error', reject);
    }).on('error', reject);
  });
}

/** The body of a page that answers 200; anything else is thrown. */
export async function readPage(url: string): Promise<string> {
  const { status, body } = await visit(url);
  if (status !== 200) throw new Error(`${url} answered ${status}: ${body}`);
  return body;
}
