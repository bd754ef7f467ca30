import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, scanBytes, scanFolder } from './secret-scan.ts';

/** What the suites of this worker gave the platform to keep to itself, or got of it, by what it is. */
const planted = new Map<string, string>();
let found: Finding[] = [];
let isScanning = false;

/** Members of a response whose values nobody else may see. An API key begins with `ds_`; other keys are names. */
const SECRET_MEMBERS = { token: /./, refresh_token: /./, secret: /./, key: /^ds_/ } as const;
/** What is shorter stands in texts by chance. */
const MIN_CHARACTERS = 16;

/** Suites are scanned; what else starts a platform, as benchmarks do, is not held up by it. */
export function beginScans(): void {
  isScanning = true;
}

/** From now on it is looked for in what processes leave behind. */
export function plant(name: string, secret: string): void {
  if (secret.length < MIN_CHARACTERS) throw new Error(`${name} is too short to be looked for: ${secret}`);
  planted.set(name, secret);
}

/** Plants what a response gave out. */
export function plantIssued(response: unknown): void {
  if (typeof response !== 'object' || response === null) return;
  for (const [name, pattern] of Object.entries(SECRET_MEMBERS)) {
    const value = (response as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'string' && value.length >= MIN_CHARACTERS && pattern.test(value))
      plant(`${name} ${planted.size}`, value);
  }
}

/**
 * Looks for everything planted in what a process that ended has printed, and in the log and the audit trail of its data
 * folder. Synchronously, so that no suite removes the folder meanwhile.
 */
export function scanEndedProcess(output: string, data: string | undefined): void {
  if (!isScanning || planted.size === 0) return;
  const secrets = Object.fromEntries(planted);
  found.push(...scanBytes('output of a process', Buffer.from(output), secrets));
  if (data === undefined) return;
  try {
    if (existsSync(join(data, 'logs'))) found.push(...scanFolder(join(data, 'logs'), secrets));
    for (const name of ['users.db', 'users.db-wal']) {
      const file = join(data, name);
      if (existsSync(file)) found.push(...scanBytes(file, readFileSync(file), secrets));
    }
  } catch (error) {
    // A suite that waits for no end removes the folder meanwhile, or has made a file of it.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['ENOENT', 'ENOTDIR'].includes(code)) throw error;
  }
}

/** What was found since the last call. */
export function takeFindings(): Finding[] {
  const taken = found;
  found = [];
  return taken;
}
