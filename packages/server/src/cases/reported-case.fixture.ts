import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Path of a file of a publicly reported case, kept beside this repository; null, with the reason printed once,
 * where this checkout has none.
 */
export function reportedCase(name: string, file: string): string | null {
  const path = fileURLToPath(new URL(`../../../../../shared/cases/${name}/${file}`, import.meta.url));
  if (existsSync(path)) return path;
  process.stderr.write(`skipped: no reported case ${name}/${file} beside the repository\n`);
  return null;
}
