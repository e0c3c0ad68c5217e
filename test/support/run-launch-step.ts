import { launchStep } from './launch-step.ts';

/** `node --import tsx run-launch-step.ts RUN HOME IMAGE`: the step in a process of its own, which can be killed. */
const [run = '', home = '', image = ''] = process.argv.slice(2);
await launchStep({ run, home, image, signal: new AbortController().signal });
