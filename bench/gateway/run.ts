import { argv, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { compared, type GroupLoads, type Load, middle } from './load.ts';
import { besideEarlier, measurePart, PARTS, type Part } from './parts.ts';
import { createStand } from './stand.ts';

/**
 * A cached chain through the gateway, against the least that could send the same bytes, and what lines and traces of requests
 * cost it. All parts, or those that are named, in less than four minutes each: `node bench/gateway/run.ts modes bare`.
 * `--earlier FOLDER` measures this tree beside another one, with the flags behind `--`.
 */
const { values, positionals } = parseArgs({
  args: argv.slice(2),
  allowPositionals: true,
  options: { earlier: { type: 'string' } },
});
const names = Object.keys(PARTS) as (keyof typeof PARTS)[];

function chosenParts(): Part[] {
  if (values.earlier !== undefined)
    return [besideEarlier(`${values.earlier}/packages/server/bin/deltastream.mjs`, positionals)];
  const unknown = positionals.find((name) => !(names as string[]).includes(name));
  if (unknown !== undefined) throw new Error(`no part ${unknown}; there are ${names.join(', ')}`);
  return names
    .filter((name) => positionals.length === 0 || positionals.includes(name))
    .map((name) => PARTS[name]);
}

/** What candidates are compared by. */
const FIGURES: readonly ((load: Load) => number)[] = [
  (load) => load.requestsPerSecond,
  ({ us }) => us.main,
  ({ us }) => us.main + us.engine + us.workers,
];

const parts = chosenParts();
const stand = await createStand();
try {
  for (const part of parts) stdout.write(section(part, await measurePart(part, stand)));
} finally {
  await stand.stop();
  stand.remove();
}

function section({ title, goal, groups, load, comparisons }: Part, measured: readonly GroupLoads[]): string {
  const rows = [...measured[0].keys()].map((name) => {
    const { requestsPerSecond, p50Ms, p99Ms, us } = middle(measured, name);
    const times = [us.main, us.engine, us.workers].map((each) => each.toFixed(1));
    return `| ${[name, requestsPerSecond.toFixed(0), p50Ms, p99Ms, ...times].join(' | ')} |`;
  });
  const ratios = comparisons.map((pair) => {
    const cells = FIGURES.map((read) => {
      const { ratio, low, high } = compared(measured, pair, read);
      return `${ratio.toFixed(3)} | ${low.toFixed(2)} to ${high.toFixed(2)}`;
    });
    return `| ${pair.join(' / ')} | ${cells.join(' | ')} |`;
  });
  return [
    `${title}; ${load.connections} connections, ${groups} groups of processes, ${load.rounds} rounds of ${load.seconds} s that take turns in each; goal: ${goal}.`,
    'Tokens required and checked, rate limit on. Microseconds of processor time a request.',
    '',
    '| server | requests/s | p50 ms | p99 ms | us, its event loop | us, collector and compiler | us, other threads |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...rows,
    '',
    '| ratio | of requests/s | 95% interval | of us, its event loop | 95% interval | of us, all threads | 95% interval |',
    '|---|---:|---|---:|---|---:|---|',
    ...ratios,
    '',
    '',
  ].join('\n');
}
