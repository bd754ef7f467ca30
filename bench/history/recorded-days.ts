import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EnrichedChain, RawChain } from '@deltastream/contracts';
import { openRecording } from '@deltastream/recordings';
import { createChainEnricher } from '../../packages/server/src/services/enricher/chain/enrich-chain.ts';
import { createSyntheticSource } from '../../packages/server/src/services/feed/synthetic/synthetic-source.ts';

/** Enriched chains as a day brings them, in the order of time. */
export interface RecordedDay {
  readonly name: string;
  readonly chains: readonly EnrichedChain[];
}

const FOLDER = fileURLToPath(new URL('../../../shared/data', import.meta.url));
const RECORDINGS = {
  'NIFTY as recorded, by the minute': 'nse/nifty_chain_20260819.csv.gz',
  'Deribit as recorded, every 6 hours': 'deribit/deribit_options_snapshots_2026-01.tar.xz',
} as const;
const OPENING = Date.UTC(2026, 7, 19, 3, 45);

/** Days of the synthetic market, and of the recordings where they lie beside the repository. */
export async function recordedDays(): Promise<RecordedDay[]> {
  const enrich = createChainEnricher({ rate: 0 });
  const days: RecordedDay[] = [];
  const add = async (name: string, raw: AsyncIterable<RawChain>) => {
    const chains: EnrichedChain[] = [];
    for await (const chain of raw) chains.push(enrich(chain));
    days.push({ name, chains });
  };
  await add('synthetic NIFTY, by the minute', synthetic('NIFTY', 60_000, 375));
  await add('synthetic NIFTY, every 5 s', synthetic('NIFTY', 5000, 720));
  await add('synthetic BTC, every 5 s', synthetic('BTC', 5000, 720));
  for (const [name, path] of Object.entries(RECORDINGS)) {
    const file = `${FOLDER}/${path}`;
    if (existsSync(file)) await add(name, recorded(file));
    else process.stderr.write(`Left out: ${name} (no ../shared/data).\n`);
  }
  return days;
}

/** The nearest two expiries of a generated product. */
async function* synthetic(
  product: string,
  chainIntervalMs: number,
  rounds: number,
): AsyncGenerator<RawChain> {
  const expiries = 2;
  const source = createSyntheticSource({
    startMs: OPENING,
    products: [product],
    chainIntervalMs,
    chainExpiries: 'all',
    expiries,
    ticksPerSecond: 1,
  });
  let left = rounds * expiries;
  for await (const item of source) {
    if (!('kind' in item) || item.kind !== 'chain') continue;
    yield item.chain;
    if (--left === 0) return;
  }
}

async function* recorded(file: string): AsyncGenerator<RawChain> {
  for await (const item of await openRecording(file)) if (item?.kind === 'chain') yield item.chain;
}
