import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../../shared/data', import.meta.url));

/** The recordings lie beside the repository; suites that need them say so when they are not there. */
export const haveRecordings = existsSync(FOLDER);
if (!haveRecordings) process.stdout.write('Skipped: suites that replay recordings (no ../shared/data).\n');

export const recording = (path: string): string => `${FOLDER}/${path}`;
