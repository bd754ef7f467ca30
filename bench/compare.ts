import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, env, stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { describeMachine } from './measure/machine.ts';
import { type Figures, readFigures } from './measure/printed-figures.ts';
import { median } from './measure/statistics.ts';

/**
 * Benchmarks of this tree beside those of an earlier commit: `npm run bench:compare -- COMMIT enrich pipeline`. The commit
 * is checked out and installed in a temporary folder, unless `--installed FOLDER` names a tree of it that is there; both run
 * in turn, `--pairs` times (3), each with the benchmark of its own tree, so that a drift of the machine meets both. Figures
 * are compared by the names of row and column in the printed tables; what only one tree prints is left out.
 */
const { values, positionals } = parseArgs({
  args: argv.slice(2),
  allowPositionals: true,
  options: { pairs: { type: 'string', default: '3' }, installed: { type: 'string' } },
});
const [commit, ...names] = positionals;
const pairs = Number(values.pairs);
if (commit === undefined || names.length === 0 || !(Number.isInteger(pairs) && pairs > 0)) {
  throw new Error('usage: npm run bench:compare -- COMMIT BENCHMARK... [--pairs 3] [--installed FOLDER]');
}

const here = join(import.meta.dirname, '..');
const earlier = values.installed ?? mkdtempSync(join(tmpdir(), 'deltastream-compare-'));

function run(command: string, args: readonly string[], cwd: string): string {
  const path = `${join(cwd, 'node_modules/.bin')}:${env.PATH ?? ''}`;
  const done = spawnSync(command, args, {
    cwd,
    env: { ...env, PATH: path },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (done.status === 0) return done.stdout;
  throw new Error(`${command} ${args.join(' ')} in ${cwd} failed: ${done.error?.message ?? done.status}`);
}

const measure = (tree: string, name: string): Figures =>
  readFigures(run('node', [join('bench', name, 'run.ts')], tree));

function compare(name: string): string[] {
  const rounds = Array.from({ length: pairs }, (_, i) => {
    const order = i % 2 === 0 ? [earlier, here] : [here, earlier];
    const measured = new Map(order.map((tree) => [tree, measure(tree, name)]));
    stderr.write(`${name}: pair ${i + 1} of ${pairs} is measured\n`);
    return { before: measured.get(earlier) as Figures, now: measured.get(here) as Figures };
  });
  const every = (figure: string, side: 'before' | 'now') =>
    rounds.map((round) => round[side].get(figure)).filter((value) => value !== undefined);
  const rows = [...rounds[0].before.keys()].flatMap((figure) => {
    const [before, now] = [every(figure, 'before'), every(figure, 'now')];
    if (before.length < pairs || now.length < pairs) return [];
    const ratios = before.map((value, i) => now[i] / value);
    if (!ratios.every(Number.isFinite)) return [];
    const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
    return [`| ${figure} | ${median(before)} | ${median(now)} | ${median(ratios).toFixed(3)} | ${range} |`];
  });
  return [
    `### ${name}`,
    `${describeMachine()} Medians of ${pairs} pairs of runs in turn, ${commit} before.`,
    '',
    '| figure | before | now | ratio | of the pairs |',
    '|---|---:|---:|---:|---:|',
    ...rows,
    '',
  ];
}

function compareAll(): void {
  for (const name of names) stdout.write(`${compare(name).join('\n')}\n`);
}

function inWorktree(work: () => void): void {
  run('git', ['worktree', 'add', '--detach', earlier, commit], here);
  try {
    run('npm', ['ci', '--no-audit', '--no-fund'], earlier);
    work();
  } finally {
    run('git', ['worktree', 'remove', '--force', earlier], here);
    rmSync(earlier, { recursive: true, force: true });
  }
}

if (values.installed === undefined) inWorktree(compareAll);
else compareAll();
