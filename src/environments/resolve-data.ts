import { type DataProblem, dataFault, problemsInOrder } from './data-problem.ts';
import { type DataDeclaration, typeName, typeProblem } from './data-type.ts';
import { variableProblem } from './environment-file.ts';
import type { Hierarchy, LookupContext } from './hierarchy.ts';
import { variablesIn } from './interpolate.ts';
import { type Lookup, lookups } from './lookup.ts';
import { type LevelFile, type ReadLevels, readLevels } from './read-levels.ts';

/** The data that an image asked for, and what is wrong with it. */
export interface ResolvedData {
  /** In the order of the declarations; what is optional and nowhere is left out. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly problems: readonly DataProblem[];
}

/** Looks up what an image declares, each file once: nothing else is handed in, however much the levels have. */
export async function resolveData(
  declarations: Readonly<Record<string, DataDeclaration>>,
  hierarchy: Hierarchy,
  context: LookupContext,
  signal: AbortSignal,
): Promise<ResolvedData> {
  const levels = await readLevels(hierarchy, context, signal);
  const look = lookups(levels);
  const problems: DataProblem[] = [...levels.problems];
  const values: [string, unknown][] = [];
  for (const [key, declaration] of Object.entries(declarations)) {
    const looked = look(key);
    problems.push(...looked.problems);
    const value = looked.result?.value ?? declaration.default;
    if (value === undefined) {
      if (declaration.required && isNowhere(looked)) problems.push(missing(key, declaration, levels));
      continue;
    }
    values.push([key, value]);
    problems.push(...valueProblems(key, value, declaration, looked, hierarchy));
  }
  return { values: Object.fromEntries(values), problems: problemsInOrder(problems) };
}

/** The values of what was resolved without a problem; else `DATA_INVALID` with all of them, `file:line:column  message`. */
export function assertData(
  { values, problems }: ResolvedData,
  { environment, image }: { readonly environment: string; readonly image: string },
): Readonly<Record<string, unknown>> {
  const fault = dataFault(problems, `${environment} for ${image}`);
  if (fault !== undefined) throw fault;
  return values;
}

function valueProblems(
  key: string,
  value: unknown,
  { type }: DataDeclaration,
  { result }: Lookup,
  { file }: Hierarchy,
): DataProblem[] {
  const place = result?.place ?? { file, line: 1, column: 1 };
  const problem = typeProblem(type, value) ?? variableProblem(key, value);
  return problem === undefined ? [] : [{ ...place, message: `\`${key}\` ${problem}` }];
}

function isNowhere({ files }: Lookup): boolean {
  return files.every(({ outcome }) => outcome === 'no file' || outcome === 'no key');
}

function missing(key: string, { type }: DataDeclaration, { hierarchy, files }: ReadLevels): DataProblem {
  const best = bestFile(files);
  const position = { file: best?.data?.file ?? hierarchy.file, line: 1, column: 1 };
  const message = `\`${key}\` is needed, and no level has it`;
  if (best === undefined) return { ...position, message };
  const hint = `write \`${key}: …\` (${typeName(type)}) into ${best.file}, or give it a default in the template`;
  return { ...position, message, hint };
}

/** The file that an environment's value belongs in: of the environment and no single node, and there already. */
function bestFile(files: readonly LevelFile[]): LevelFile | undefined {
  const own = files.filter(({ text }) => {
    const variables = variablesIn(text);
    return variables.includes('env') && !variables.includes('node');
  });
  const there = (file: LevelFile) => file.data !== undefined;
  return own.find(there) ?? own.at(-1) ?? files.find(there) ?? files[0];
}
