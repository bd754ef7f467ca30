import { type EnrichedChain, RAW_COLUMNS } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import { contractTable } from './contract-table.ts';
import { marketAt } from './exported-market.fixture.ts';

const [STEPS, STRIKES] = [5, 9];
const chains = Array.from({ length: STEPS }, (_, step) => marketAt(step, STRIKES)).flat();

const withValues = (chain: EnrichedChain, values: Float64Array): EnrichedChain => ({
  ...chain,
  columns: { count: chain.columns.count, values },
});

/** The same chains, behind one another in one piece of memory that begins with something else. */
function inOneMemory(): EnrichedChain[] {
  const memory = new Float64Array(1 + chains.reduce((sum, { columns }) => sum + columns.values.length, 0));
  let used = 1;
  return chains.map((chain) => {
    const { values } = chain.columns;
    memory.set(values, used);
    used += values.length;
    return withValues(chain, memory.subarray(used - values.length, used));
  });
}

const ORDERS = ['time', 'contract'] as const;

it.each(ORDERS)('has the same cells wherever those of its chains lie: by %s', (order) => {
  const [apart, together] = [contractTable(chains, order), contractTable(inOneMemory(), order)];
  expect(apart.rows).toBeGreaterThan(chains.length * STRIKES);
  expect(together.cells(3, apart.rows)).toEqual(apart.cells(3, apart.rows));
  const [times, , , , , strikes] = apart.cells(0, apart.rows) as Float64Array[];
  expect(new Set(times)).toEqual(new Set(chains.map(({ timestamp }) => timestamp)));
  expect(new Set(strikes)).toEqual(new Set(chains[0].columns.values.subarray(0, STRIKES)));
});

it.each(ORDERS)('has nothing in columns that a chain of an older release lacks: by %s', (order) => {
  const quoted = RAW_COLUMNS.length * STRIKES;
  const older = chains.map((chain) => withValues(chain, chain.columns.values.slice(0, quoted)));
  const emptied = chains.map((chain) =>
    withValues(chain, chain.columns.values.slice().fill(Number.NaN, quoted)),
  );
  // Of one expiry, so that those beside it lie in as many columns as they have.
  const mixed = (others: readonly EnrichedChain[]) =>
    chains.map((chain, i) => (i % 3 === 0 ? others[i] : chain));
  const [got, expected] = [contractTable(mixed(older), order), contractTable(mixed(emptied), order)];
  expect(got.cells(0, got.rows)).toEqual(expected.cells(0, expected.rows));
});
