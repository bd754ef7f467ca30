import { createSyntheticSource } from '../../../packages/server/src/services/feed/synthetic/synthetic-source.ts';
import { median } from '../../measure/statistics.ts';
import { printRows } from '../print-rows.ts';

/** The synthetic market as fast as it can be made: two quotes for each strike of a chain. */
const ROUNDS = 7;
const QUOTES_A_ROUND = 100_000;

const source = createSyntheticSource({ startMs: Date.UTC(2026, 7, 3, 4), syntheticHistory: 0 });
const items = source[Symbol.asyncIterator]();

/** Quotes a second of processor time of this thread. */
async function rate(): Promise<number> {
  let quotes = 0;
  const begun = process.threadCpuUsage();
  while (quotes < QUOTES_A_ROUND) {
    const { value, done } = await items.next();
    if (done) throw new Error('the synthetic market ended');
    if (value.kind === 'chain') quotes += 2 * value.chain.columns.count;
  }
  const { user, system } = process.threadCpuUsage(begun);
  return quotes / ((user + system) / 1e6);
}

const rates: number[] = [];
for (let round = -2; round < ROUNDS; round++) {
  const measured = await rate();
  if (round >= 0) rates.push(measured);
}
await source.close();
printRows([
  {
    what: 'synthetic: quotes generated',
    figure: median(rates),
    unit: 'quotes/s',
    goal: 100_000,
    is: 'at least',
    remark: '7 products, 3 expiries each, 40 strikes',
  },
]);
