import { type CloudStep, runStep } from './cloud-steps.ts';

/** `node --import tsx run-cloud-step.ts STEP RUN HOME IMAGE`: one step in a process of its own, which can be killed. */
const [step = '', run = '', home = '', image = ''] = process.argv.slice(2);
await runStep(step as CloudStep, { run, home, image, signal: new AbortController().signal });
