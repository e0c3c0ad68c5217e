#!/usr/bin/env node
import { bakeProgram } from './bake-program.ts';
import { runProgram } from './run-program.ts';

await runProgram(bakeProgram());
