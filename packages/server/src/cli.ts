import process, { exit, stderr, stdout } from 'node:process';
import { createProgram } from './cli/program.ts';
import { DeltaStreamError, reasonOf } from './kit/errors.ts';

/**
 * The command line. A failure is one line on standard error and exit code 1. What is printed when its reader has gone (such
 * as `head`) is left out, and the command goes on.
 */
export async function main(): Promise<void> {
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  try {
    await createProgram().parseAsync();
    await end();
  } catch (error) {
    const remedy = error instanceof DeltaStreamError ? ` (${error.remedy})` : '';
    stderr.write(`deltastream: ${reasonOf(error)}${remedy}\n`);
    await end(1);
  }
}

/** Ends the process once what was printed has left it: a slow reader of a pipe gets all of it. Without a code by the one that is set. */
async function end(code?: number): Promise<void> {
  await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))));
  exit(code ?? process.exitCode);
}
