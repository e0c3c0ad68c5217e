import { launchStep } from './launch-step.ts';

/** `node --import tsx run-launch-step.ts RUN HOME IMAGE [ENVIRONMENT]`: the step in a process of its own, which can be killed. */
const [run = '', home = '', image = '', environment] = process.argv.slice(2);
await launchStep({ run, home, image, environment, signal: new AbortController().signal });
