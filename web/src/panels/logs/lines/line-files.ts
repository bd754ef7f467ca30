import { csvOf } from '../../../panel/file/csv.ts';
import { LINE_NAMES, type LogLine } from './line-fields.ts';

/** What lines are written as. */
export type LineFormat = 'csv' | 'ndjson';

/** Lines of a file: what a browser holds well, and a spreadsheet opens. */
export const MOST_SAVED = 50_000;

/** Lines as a file: NDJSON has each as the API does, CSV has its fields as JSON in the last column. */
export function fileOf(lines: readonly LogLine[], format: LineFormat): string {
  if (format === 'ndjson') return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  return csvOf({
    caption: '',
    columns: [...LINE_NAMES, 'fields'].map((title) => ({ title })),
    rows: lines.map((line) => [...LINE_NAMES.map((name) => line[name]), JSON.stringify(line.fields)]),
  });
}

/** What a file is called: from when its newest line is. */
export function nameOf(subject: string, lines: readonly LogLine[], format: LineFormat): string {
  const newest = lines.at(0)?.timestamp.slice(0, 19).replaceAll(':', '') ?? 'empty';
  return `${subject}-${newest}.${format}`;
}

/** Takes lines until there are none, or more than `most` of them; `progress` is told how many there are. */
export async function takeLines(
  source: AsyncIterable<LogLine>,
  most: number,
  progress: (count: number) => void,
): Promise<{ readonly lines: LogLine[]; readonly isCut: boolean }> {
  const lines: LogLine[] = [];
  for await (const line of source) {
    if (lines.length === most) return { lines, isCut: true };
    lines.push(line);
    if (lines.length % PROGRESS_LINES === 0) progress(lines.length);
  }
  return { lines, isCut: false };
}

/** How often progress is told. */
const PROGRESS_LINES = 1_000;
