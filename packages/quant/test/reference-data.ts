import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DATA = new URL('../../../../shared/data/', import.meta.url);

/**
 * Path of a file or folder of the recorded data, or null, with the reason printed, when this checkout does not
 * have it beside it.
 */
export function dataPath(relative: string): string | null {
  const path = fileURLToPath(new URL(relative, DATA));
  if (existsSync(path)) return path;
  process.stderr.write(`skipped: no recorded data at ${path}\n`);
  return null;
}

/** Text of a file of the recorded data, or null when it is absent. */
export function dataText(relative: string): string | null {
  const path = dataPath(relative);
  return path === null ? null : readFileSync(path, 'utf8');
}

/** Rows of a comma-separated table with a header line, as records of strings. */
export function parseTable(text: string): Record<string, string>[] {
  const [header, ...lines] = text.trim().split(/\r?\n/);
  const names = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, cells[i]]));
  });
}
