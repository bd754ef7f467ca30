import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { argv, execPath, stdout } from 'node:process';
import { describeMachine } from './measure/machine.ts';

/** Each runs in a process of its own and prints Markdown. */
const BENCHMARKS = [
  'enrich',
  'store',
  'latency',
  'footprint',
  'quant',
  'auth',
  'pipeline',
  'feeds',
  'mirror',
  'store/mongo',
  'store/postgres',
  'history',
  'gateway',
  'sockets',
  'surface',
  'recompute',
  'dashboard',
  'logging',
  'alerts',
] as const;
const README = new URL('./README.md', import.meta.url);

const chosen = argv.length > 2 ? BENCHMARKS.filter((name) => argv.includes(name)) : BENCHMARKS;
for (const name of chosen) {
  stdout.write(`running ${name}\n`);
  const script = new URL(`./${name}/run.ts`, import.meta.url).pathname;
  const run = spawnSync(execPath, [script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (run.status !== 0) throw new Error(`benchmark ${name} failed with exit code ${run.status}`);
  stdout.write(`${run.stdout}\n`);
  keep(name, run.stdout.trim());
}

/** Puts a result in the place of the one before it in the README, with the machine it was measured on. */
function keep(name: string, result: string): void {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const text = readFileSync(README, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`bench/README.md has no place for ${name}: ${begin} ${end}`);
  const section = `${begin}\n${describeMachine()}\n\n${result}\n`;
  writeFileSync(README, `${text.slice(0, from)}${section}${text.slice(to)}`);
}
