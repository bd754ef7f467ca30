import { argv, exit, stdout } from 'node:process';
import { playRecordedPages } from '../../../packages/venues/src/deribit/recorded-pages.fixture.ts';

/**
 * Plays all pages of a recording of Deribit through its simulator and compares what the connector reads with what was
 * recorded: `node bench/feeds/recorded-month/run.ts FILE [SECONDS]`. No new page is begun after the seconds, 600 by default.
 */
const [path, seconds = '600'] = argv.slice(2);
if (path === undefined || !(Number(seconds) > 0)) {
  stdout.write('usage: node bench/feeds/recorded-month/run.ts FILE [SECONDS]\n');
  exit(2);
}
/** A volatility is the venue's where it is within so many of a fraction: 0.02 points. */
const WITHIN = 2e-4;

const begun = performance.now();
const seen = await playRecordedPages(path, {
  pages: Number.POSITIVE_INFINITY,
  budgetMs: Number(seconds) * 1000,
});
const errors = seen.volatilityErrors.toSorted((a, b) => a - b);
const near = errors.filter((error) => error <= WITHIN).length;
const share = (part: number, all: number) => (all === 0 ? 'none' : `${((100 * part) / all).toFixed(3)} %`);
const points = (q: number) =>
  errors.length === 0 ? 'none' : (100 * errors[Math.floor(q * (errors.length - 1))]).toFixed(4);
const rows = [
  ['pages', String(seen.pages)],
  ['time, s', ((performance.now() - begun) / 1000).toFixed(0)],
  ['cells compared', String(seen.cells)],
  ['cells equal', `${seen.equal} (${share(seen.equal, seen.cells)})`],
  ['rejected by the connector', String(seen.rejections.length)],
  ['volatilities compared', String(errors.length)],
  ['within 0.02 points', `${near} (${share(near, errors.length)})`],
  ['median, 90 %, 99 %, worst, points', [0.5, 0.9, 0.99, 1].map(points).join(', ')],
];
stdout.write(`| | |\n|---|---|\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`);
for (const difference of seen.differences) stdout.write(`differs: ${difference}\n`);
exit(seen.equal === seen.cells && seen.rejections.length === 0 ? 0 : 1);
