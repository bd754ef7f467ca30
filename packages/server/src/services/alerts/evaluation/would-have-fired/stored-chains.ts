import type { MarketReader } from '../../../../ports/stores/market/market-store.ts';
import type { ObservedChain } from '../inputs/chain-inputs.ts';
import type { Span } from './looked-at.ts';

/** One expiry of a product and when its chains are read; spans ascend. */
export interface ChainSource {
  readonly product: string;
  readonly expiry: string;
  readonly spans: readonly Span[];
}

/** Chains of all sources up to an instant, in the order in which they are evaluated. */
export interface ChainSlice {
  readonly chains: readonly ObservedChain[];
  /** Every chain before it was given. */
  readonly untilMs: number;
}

/** Chains in memory at a time, of all sources; without their contracts one takes some 3 KB. */
const MOST_CHAINS = 16_384;
/** A source that has few pages is asked too often, one of many keeps the others waiting. */
const [FEWEST_CHAINS, MOST_CHAINS_OF_ONE] = [16, 1_024];
/** Product figures of so long are fed at a time; fewer minutes than an evaluator keeps. */
const LONGEST_SLICE_MS = 7_200_000;

export type StoredChains = Pick<MarketReader, 'summaries' | 'snapshotsAt'>;

/**
 * The chains of several expiries by time, and of one time by (epoch, seq), as they were evaluated live. In slices: of each
 * source the times of a page are known, and as far as every page reaches, the chains are read. Contracts are not read.
 */
export async function* storedChains(
  store: StoredChains,
  sources: readonly ChainSource[],
): AsyncGenerator<ChainSlice> {
  const most = Math.floor(MOST_CHAINS / Math.max(1, sources.length));
  const length = Math.min(MOST_CHAINS_OF_ONE, Math.max(FEWEST_CHAINS, most));
  let pages: Page[] = sources.map((source) => ({ source, spans: source.spans, times: [] }));
  while (pages.length > 0) {
    for (const page of pages) if (page.times.length === 0) await turnOver(store, page, length);
    pages = pages.filter(({ times }) => times.length > 0);
    if (pages.length === 0) return;
    const from = Math.min(...pages.map(({ times }) => times[0]));
    const reaches = pages.map(({ times }) => times[times.length - 1] + 1);
    const untilMs = Math.min(from + LONGEST_SLICE_MS, ...reaches);
    const chains: ObservedChain[] = [];
    for (const page of pages) {
      const count = countBefore(page.times, untilMs);
      const times = page.times.slice(0, count);
      page.times = page.times.slice(count);
      if (times.length === 0) continue;
      const { product, expiry } = page.source;
      for await (const chain of store.snapshotsAt(product, expiry, times, 'strike'))
        chains.push(withoutColumns(chain));
    }
    yield { chains: chains.sort(inOrder), untilMs };
  }
}

interface Page {
  readonly source: ChainSource;
  /** Those that are not read yet. */
  spans: readonly Span[];
  /** Instants of chains that come next; empty: the source is at its end. */
  times: readonly number[];
}

async function turnOver(store: StoredChains, page: Page, limit: number): Promise<void> {
  const { product, expiry } = page.source;
  while (page.spans.length > 0 && page.times.length === 0) {
    const [span, ...later] = page.spans;
    const points = await store.summaries(product, expiry, { ...span, limit });
    page.times = points.map(({ timestamp }) => timestamp);
    const next = points.length < limit ? span.toMs : page.times[page.times.length - 1] + 1;
    page.spans = next < span.toMs ? [{ fromMs: next, toMs: span.toMs }, ...later] : later;
  }
}

function countBefore(times: readonly number[], untilMs: number): number {
  const found = times.findIndex((time) => time >= untilMs);
  return found === -1 ? times.length : found;
}

/** A decoded chain keeps its columns alive. */
const withoutColumns = ({
  columns: _,
  ...chain
}: ObservedChain & { readonly columns: unknown }): ObservedChain => chain;

const inOrder = (a: ObservedChain, b: ObservedChain): number =>
  a.timestamp - b.timestamp || (a.epoch === b.epoch ? a.seq - b.seq : a.epoch < b.epoch ? -1 : 1);
