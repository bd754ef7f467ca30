import { argv, exit, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';

/** `npm run fuzz -- --requests 50000 --seed 1`: prints what was found, and fails when that is anything. */
const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    requests: { type: 'string', default: '50000' },
    seed: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '16' },
  },
});
const begun = performance.now();
const report = await fuzz({
  requests: Number(values.requests),
  seed: Number(values.seed),
  concurrency: Number(values.concurrency),
});
const seconds = ((performance.now() - begun) / 1000).toFixed(0);
const { findings, ...counts } = report;
stdout.write(`${JSON.stringify(counts, null, 2)}\n${findings.length} kinds of findings in ${seconds} s\n`);
for (const { what, count, example } of findings) stdout.write(`${count} x ${what}\n    ${example}\n`);
exit(findings.length === 0 ? 0 : 1);
