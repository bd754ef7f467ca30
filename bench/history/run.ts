import { spawnSync } from 'node:child_process';
import { argv, execPath, stdout } from 'node:process';

/**
 * What is kept of the past, row by row; each row is a file of its own, runs in a process of its own, and prints with
 * `printRow`. `node bench/history/run.ts replay` runs one.
 */
const ROWS = ['ingest', 'bytes', 'one-contract', 'as-of', 'replay'] as const;
/** Tables of their own. */
const TABLES = ['pages', 'rollups', 'export', 'growth'] as const;

function run(name: string): string {
  const script = new URL(`./${name}.ts`, import.meta.url).pathname;
  const { status, stdout: printed } = spawnSync(execPath, [script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${script} failed with exit code ${status}`);
  return printed;
}

const wanted = argv.slice(2);
const chosen = wanted.length > 0 ? ROWS.filter((name) => wanted.includes(name)) : ROWS;
if (chosen.length > 0) {
  stdout.write('Medians of 3 rounds or more; peers read or write the same rows in the same run.\n\n');
  stdout.write('| what | figure | goal | peer | ratio to it |\n|---|---:|---:|---|---:|\n');
}
for (const name of chosen) stdout.write(run(name));
for (const name of TABLES) {
  if (wanted.length === 0 || wanted.includes(name)) stdout.write(`\n${run(name)}`);
}
