import { cleanLine } from '../clean-line.ts';
import { type JunitCase, junitText } from '../junit.ts';
import { type CheckView, type ResultView, verdictReason, whySkipped } from './view.ts';

/** A test case for each attribute of each check, and one for the verdict where no check gives its reason. */
export function checkJunit(view: CheckView): string {
  const { image, started, waited, results } = view;
  const reason = verdictReason(view);
  const cases = [...results.map(caseOf), ...(reason === undefined ? [] : [verdictCase(view, reason)])];
  return junitText({ name: `bake check ${image}`, started, ms: waited, cases });
}

function caseOf(result: ResultView): JunitCase {
  const { check, attribute, outcome, title, waited } = result;
  const about = {
    classname: check,
    name: title === undefined ? attribute : `${attribute} (${title})`,
    ...(waited === undefined ? {} : { ms: waited }),
  };
  if (outcome === 'passed') return about;
  if (outcome === 'failed') return { ...about, outcome: { failed: failure(result) } };
  return { ...about, outcome: { skipped: cleanLine(whySkipped(result)) } };
}

function failure({ expected, actual, evidence = [], attempts }: ResultView) {
  const rounds =
    attempts === undefined ? [] : [`asked in ${attempts} ${attempts === 1 ? 'round' : 'rounds'}`];
  return {
    type: 'CHECK_FAILED',
    message: cleanLine(`expected ${expected}, actual ${actual}`),
    lines: [...rounds, ...evidence.map(cleanLine)],
  };
}

function verdictCase({ image, waited }: CheckView, reason: string): JunitCase {
  const failed = { type: 'CHECK_FAILED', message: cleanLine(reason), lines: [] };
  return { classname: 'probe', name: `${image} is healthy`, ms: waited, outcome: { failed } };
}
