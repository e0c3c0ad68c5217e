import { explainKey } from '../../app/launch/explain-key.ts';
import { openCatalogue } from '../../app/open-catalogue.ts';
import { explainLines } from '../../ui/explain-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { ExplainFlags } from '../launch-flags.ts';

/** `launch explain KEY --env ENV`: who won, who lost, and where each is written. */
export async function explain(
  key: string,
  { env: environment, environments, role, node }: ExplainFlags,
  { workspace, signal }: VerbContext,
): Promise<Answer> {
  const request = {
    workspace,
    environment,
    environments,
    key,
    ...(role === undefined ? {} : { role }),
    ...(node === undefined ? {} : { node }),
  };
  const { fault, ...explained } = await explainKey(request, openCatalogue(), signal);
  const answer = { lines: explainLines(explained), json: explained };
  return fault === undefined ? answer : { ...answer, failures: [{ error: fault }] };
}
