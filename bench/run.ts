import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { argv, execPath, stdout } from 'node:process';
import { describeMachine } from './machine.ts';

/** Each runs in a process of its own and prints Markdown. */
const BENCHMARKS = [
  'enrich',
  'store',
  'store-mongo',
  'latency',
  'pipeline',
  'auth',
  'footprint',
  'quant',
] as const;
const README = new URL('./README.md', import.meta.url);
const MARK = { begin: '<!-- results -->', end: '<!-- /results -->' };

const chosen = argv.length > 2 ? BENCHMARKS.filter((name) => argv.includes(name)) : BENCHMARKS;
const sections = chosen.map((name) => {
  stdout.write(`running ${name}\n`);
  const script = new URL(`./${name}/run.ts`, import.meta.url).pathname;
  const run = spawnSync(execPath, [script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (run.status !== 0) throw new Error(`benchmark ${name} failed with exit code ${run.status}`);
  stdout.write(`${run.stdout}\n`);
  return `### ${name}\n\n${run.stdout.trim()}\n`;
});

if (chosen.length === BENCHMARKS.length) {
  const text = readFileSync(README, 'utf8');
  const [before] = text.split(MARK.begin);
  const [, after] = text.split(MARK.end);
  const results = `${MARK.begin}\n${describeMachine()}\n\n${sections.join('\n')}${MARK.end}`;
  writeFileSync(README, `${before}${results}${after}`);
}
