#!/usr/bin/env node
import { launchProgram } from './launch-program.ts';
import { runProgram } from './run-program.ts';

await runProgram(launchProgram());
