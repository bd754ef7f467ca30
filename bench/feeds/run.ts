import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { execPath, stdout } from 'node:process';

/** What live feeds cost. Each file of `rows` prints its lines of the table with `printRows`, in a process of its own. */
const ROWS = new URL('./rows/', import.meta.url);

const lines = [
  'Processor time of one core. The ratio is to the goal: 1 and above reach it.',
  '',
  '| feed | measured | unit | goal | ratio | |',
  '|---|---:|---|---:|---:|---|',
];
for (const file of readdirSync(ROWS).toSorted()) {
  const script = new URL(file, ROWS).pathname;
  const run = spawnSync(execPath, [script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (run.status !== 0) throw new Error(`${file} failed with exit code ${run.status}`);
  lines.push(run.stdout.trimEnd());
}
stdout.write(`${lines.join('\n')}\n`);
