import { stdout } from 'node:process';
import { type EffectiveSettings, shownValue } from './read.ts';

/** Prints each setting with its value and its origin; of secrets what may be seen. */
export function showSettings({ settings, origins }: EffectiveSettings): void {
  const rows = Object.entries(settings).map(([name, value]) => [
    name,
    shownValue(name, value),
    origins.get(name) ?? '',
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length)));
  for (const [name, value, origin] of rows) {
    stdout.write(`${name.padEnd(widths[0])}  ${value.padEnd(widths[1])}  ${origin}\n`);
  }
}
