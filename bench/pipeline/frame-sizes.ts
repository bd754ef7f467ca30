import {
  column,
  createColumns,
  DERIVED_COLUMNS,
  ENRICHED_CHAINS,
  type EnrichedChain,
  MARKET_CHAINS,
  type RawChain,
  SIDES,
} from '@deltastream/contracts';
import { pricedChain } from '../../packages/server/src/services/enricher/chain/chain.fixture.ts';
import { createChainEnricher } from '../../packages/server/src/services/enricher/chain/enrich-chain.ts';

export interface FrameSizes {
  readonly what: string;
  readonly raw: number;
  readonly enriched: number;
}

const STRIKES = Array.from({ length: 100 }, (_, i) => 21_500 + 50 * i);
const TICK = 0.05;

/** The chain that the other measurements use: its prices are not multiples of anything. */
export function measuredChain(): RawChain {
  const sigma = (strike: number) => 0.14 + ((strike - 24_000) / 24_000) ** 2;
  return pricedChain({ strikes: STRIKES, sigma, days: 12, halfSpread: TICK, tick: TICK });
}

/** Bytes on the bus of one chain of 200 rows. */
export function frameSizes(): FrameSizes[] {
  const enrich = createChainEnricher({ rate: 0 });
  const measured = measuredChain();
  const quoted = withCells(measured, (cell) => Math.round(cell / TICK) * TICK);
  const inTicks = withCells(quoted, (cell) => Number(cell.toFixed(2)));
  const of = (what: string, raw: RawChain, enriched: EnrichedChain) => ({
    what,
    raw: MARKET_CHAINS.frames.encode(raw).length,
    enriched: ENRICHED_CHAINS.frames.encode(enriched).length,
  });
  const filled = withCells(inTicks, Math.random, 0);
  return [
    of('prices in ticks, as venues quote them', inTicks, enrich(inTicks)),
    of('the chain measured here: prices of 17 digits', measured, enrich(measured)),
    of('every cell of every column a number of 17 digits', filled, everyCell(enrich(inTicks))),
  ];
}

/** A chain whose cells were put through a function; those that are not given as `missing`, too. */
function withCells(chain: RawChain, change: (cell: number) => number, missing = Number.NaN): RawChain {
  const columns = createColumns(chain.columns.count, 'raw');
  columns.values.set(chain.columns.values.map((cell) => change(Number.isNaN(cell) ? missing : cell)));
  return { ...chain, columns };
}

/** Codes stay codes: nothing else can be in their columns. */
function everyCell(chain: EnrichedChain): EnrichedChain {
  const columns = createColumns(chain.columns.count, 'enriched');
  columns.values.set(chain.columns.values.map(Math.random));
  for (const side of SIDES) {
    for (const name of DERIVED_COLUMNS.filter((each) => each === 'iv_status' || each === 'buildup')) {
      column(columns, `${side}_${name}`).set(column(chain.columns, `${side}_${name}`));
    }
  }
  return { ...chain, columns };
}
