import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { column, type RawChain, SIDES } from '@deltastream/contracts';
import { impliedVolatility, yearFraction } from '@deltastream/quant';
import { openRecording } from '@deltastream/recordings';
import { deribitName } from '@deltastream/recordings/deribit';
import type { SourceItem } from '@deltastream/recordings/source';
import { WebSocket } from 'ws';
import type { InstrumentId, OptionInstrument } from '../instrument.ts';
import type { InstrumentQuote, QuoteSink } from '../meaning.ts';
import { marketOf } from '../simulators/simulated-market.ts';
import { keptSink } from './deribit.fixture.ts';
import { createDeribitSimulator } from './simulator/deribit-simulator.ts';
import { deribitId } from './simulator/wire-values.ts';
import { createDeribitVenue } from './venue.ts';

/** What was seen of the pages of a recording on their way through the simulator and the connector. */
export interface PagesSeen {
  pages: number;
  /** Cells of the recording that were compared, and those of them that came as they were. */
  cells: number;
  equal: number;
  /** The first cells that did not, in words. */
  readonly differences: string[];
  /** Distances of volatilities of the marks from the venue's, as fractions; none where there is no tar that reads xz. */
  readonly volatilityErrors: number[];
  readonly rejections: readonly (readonly [string, string])[];
}

/** Cells of a recording that have a field on the wire; it has no sizes and no last prices. */
export const CELLS = [
  ['bid', 'bid'],
  ['ask', 'ask'],
  ['mark', 'mark'],
  ['volume', 'volume'],
  ['open_interest', 'openInterest'],
] as const;
/** A premium goes to coin and back: two roundings of a double. */
const RELATIVE_ERROR = 4e-16;
const MOST_DIFFERENCES = 20;
/** Longest time for the messages of a page to come, ms. */
const PAGE_MS = 60_000;

/**
 * Plays the pages of a recording of Deribit through its simulator and reads them with the connector, at most `limits.pages`
 * of them and no new one after `limits.budgetMs`. Rejects where quotes of a page do not come.
 */
export async function playRecordedPages(
  path: string,
  limits: { readonly pages: number; readonly budgetMs: number },
): Promise<PagesSeen> {
  const opened: { close(): unknown }[] = [];
  try {
    return await play(path, limits, opened);
  } finally {
    for (const each of opened.reverse()) await each.close();
  }
}

async function play(
  path: string,
  { pages: most, budgetMs }: { readonly pages: number; readonly budgetMs: number },
  opened: { close(): unknown }[],
): Promise<PagesSeen> {
  const volatilities = markVolatilities(path);
  const market = await marketOf(await openRecording(path), { idOf: deribitId });
  const rate = { capacity: 1000, perSecond: 1000 };
  const rates = { requests: rate, subscriptions: rate, instruments: rate };
  const simulator = await createDeribitSimulator(market, { rates });
  opened.push(market, simulator);
  const venue = createDeribitVenue({ httpUrl: simulator.url, instrumentsIntervalMs: 0 });

  const latest = new Map<InstrumentId, InstrumentQuote>();
  const kept = keptSink();
  const sink: QuoteSink = {
    ...kept,
    quote: (quote) => {
      if (quote.complete) latest.set(quote.id, { ...quote });
    },
  };
  const socket = new WebSocket(`${simulator.url.replace('http', 'ws')}/ws/api/v2`);
  opened.push({ close: () => socket.terminate() });
  await once(socket, 'open');
  const conversation = venue.wire?.converse();
  const confirmed = new Set<InstrumentId>();
  socket.on('message', (data) => {
    for (const event of conversation?.receive(String(data), sink, (reply) => socket.send(reply)) ?? []) {
      if (event.kind === 'subscribed') for (const id of event.ids) confirmed.add(id);
    }
  });

  const begun = performance.now();
  const seen: PagesSeen = {
    ...{ pages: 0, cells: 0, equal: 0, differences: [], volatilityErrors: [] },
    rejections: kept.rejections,
  };
  for await (const page of pagesOf(path)) {
    if (seen.pages === most || performance.now() - begun > budgetMs) break;
    if (seen.pages > 0 && !(await market.step()))
      throw new Error('the market has fewer pages than the recording');
    const list = await venue.instruments(['BTC', 'ETH'], AbortSignal.timeout(PAGE_MS));
    if (list.rejected.size > 0) throw new Error(`listed, and not understood: ${[...list.rejected.keys()]}`);
    const options = list.instruments.filter((each): each is OptionInstrument => each.kind === 'option');
    const ids = venue.subscriptions(list, options).filter((id) => !confirmed.has(id));
    for (let at = 0; at < ids.length; at += 100) {
      for (const message of conversation?.subscribe(ids.slice(at, at + 100)) ?? []) socket.send(message);
    }
    const names = page.flatMap(namesOf);
    const isHere = () =>
      ids.every((id) => confirmed.has(id)) &&
      names.every((name) => latest.get(name)?.at === market.quoteOf(name)?.at);
    const until = performance.now() + PAGE_MS;
    while (!isHere()) {
      if (performance.now() > until)
        throw new Error(`page ${seen.pages + 1} did not come within ${PAGE_MS} ms`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const chain of page) {
      compare(chain, latest, seen);
      seen.volatilityErrors.push(...volatilityErrors(chain, latest, volatilities));
    }
    seen.pages++;
  }
  return seen;
}

/** The chains of one instant each, in their order. */
async function* pagesOf(path: string): AsyncGenerator<RawChain[]> {
  const source = await openRecording(path);
  try {
    let page: RawChain[] = [];
    for await (const item of source as AsyncIterable<SourceItem>) {
      if (item.kind !== 'chain') continue;
      if (page.length > 0 && page[0].timestamp !== item.chain.timestamp) {
        yield page;
        page = [];
      }
      page.push(item.chain);
    }
    if (page.length > 0) yield page;
  } finally {
    await source.close();
  }
}

/** Mark volatilities as the venue had them, by name and instant; empty where there is no tar that reads xz. */
function markVolatilities(path: string): Map<string, number> {
  const volatilities = new Map<string, number>();
  let text: string;
  try {
    text = execFileSync('tar', ['-xJOf', path], {
      maxBuffer: 2 ** 28,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    process.stderr.write('skipped: no tar with xz on this machine\n');
    return volatilities;
  }
  let header: string[] = [];
  for (const line of text.split('\n')) {
    const cells = line.split(',');
    if (line.startsWith('timestamp')) header = cells;
    const cell = (name: string) => cells[header.indexOf(name)];
    volatilities.set(
      `${cell('instrument_name')} ${Date.parse(cell('timestamp'))}`,
      Number(cell('implied_volatility')),
    );
  }
  return volatilities;
}

const nameOf = (chain: RawChain, strike: number, side: 'call' | 'put') =>
  deribitName({ symbol: chain.product, expiry: chain.expiry, strike, side });

/** Names of the options of a chain that have a cell at all. */
function namesOf(chain: RawChain): string[] {
  const strikes = column(chain.columns, 'strike');
  return SIDES.flatMap((side) =>
    [...strikes].flatMap((strike, i) =>
      CELLS.some(([name]) => !Number.isNaN(column(chain.columns, `${side}_${name}`)[i]))
        ? [nameOf(chain, strike, side)]
        : [],
    ),
  );
}

function compare(chain: RawChain, latest: ReadonlyMap<InstrumentId, InstrumentQuote>, seen: PagesSeen): void {
  const strikes = column(chain.columns, 'strike');
  const count = (place: string, isEqual: boolean) => {
    seen.cells++;
    if (isEqual) seen.equal++;
    else if (seen.differences.length < MOST_DIFFERENCES) seen.differences.push(place);
  };
  for (const side of SIDES) {
    for (let i = 0; i < strikes.length; i++) {
      const quote = latest.get(nameOf(chain, strikes[i], side));
      if (quote === undefined) continue;
      const place = `${quote.id} at ${new Date(chain.timestamp).toISOString()}`;
      // One that did not change is not sent again.
      if (quote.at === chain.timestamp) {
        count(`forward of ${place}`, quote.forward === chain.future);
        count(`spot of ${place}`, quote.spot === chain.spot);
      }
      for (const [name, field] of CELLS) {
        const cell = column(chain.columns, `${side}_${name}`)[i];
        const apart = Math.abs(quote[field] - cell) / Math.max(cell, 1);
        const isEqual = Number.isNaN(cell) ? Number.isNaN(quote[field]) : apart <= RELATIVE_ERROR;
        count(`${field} of ${place}: ${quote[field]}, recorded ${cell}`, isEqual);
      }
    }
  }
}

/** How far volatilities of the marks are from the venue's, out of the money where the quote is two-sided around the mark. */
function volatilityErrors(
  chain: RawChain,
  latest: ReadonlyMap<InstrumentId, InstrumentQuote>,
  volatilities: ReadonlyMap<string, number>,
): number[] {
  return SIDES.flatMap((side) =>
    [...column(chain.columns, 'strike')].flatMap((strike) => {
      const name = nameOf(chain, strike, side);
      const { at, forward, bid, mark, ask } = latest.get(name) ?? {};
      const venues = volatilities.get(`${name} ${chain.timestamp}`);
      if (at !== chain.timestamp || !forward || !mark || !bid || !ask || !venues) return [];
      const sign = side === 'call' ? 1 : -1;
      if (sign * (forward - strike) > 0 || bid > mark || ask < mark || mark / forward <= LEAST_PREMIUM)
        return [];
      const years = yearFraction(chain.timestamp, chain.expiry_at);
      return Math.abs(impliedVolatility(mark, forward, strike, years, 1, sign).iv - venues);
    }),
  );
}

/** In coin: of a smaller one the rounding of the mark is more than the venue's of the volatility. */
const LEAST_PREMIUM = 0.001;
