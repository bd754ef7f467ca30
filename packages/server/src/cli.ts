import { exit, stderr } from 'node:process';
import { createProgram } from './cli/program.ts';
import { DeltaStreamError, reasonOf } from './kit/errors.ts';

/** The command line. A failure is one line on standard error and exit code 1. */
export async function main(): Promise<void> {
  try {
    await createProgram().parseAsync();
    exit();
  } catch (error) {
    const remedy = error instanceof DeltaStreamError ? ` (${error.remedy})` : '';
    stderr.write(`deltastream: ${reasonOf(error)}${remedy}\n`);
    exit(1);
  }
}
