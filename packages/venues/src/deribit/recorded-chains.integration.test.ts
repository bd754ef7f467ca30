import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { column, type RawChain, SIDES } from '@deltastream/contracts';
import { impliedVolatility, yearFraction } from '@deltastream/quant';
import { openRecording } from '@deltastream/recordings';
import { deribitName } from '@deltastream/recordings/deribit';
import type { SourceItem } from '@deltastream/recordings/source';
import { recording } from '@deltastream/recordings/testing/recordings';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { InstrumentId, OptionInstrument } from '../instrument.ts';
import type { InstrumentQuote, QuoteSink } from '../meaning.ts';
import { marketOf } from '../simulators/simulated-market.ts';
import { keptSink } from './deribit.fixture.ts';
import { createDeribitSimulator } from './simulator/deribit-simulator.ts';
import { deribitId } from './simulator/wire-values.ts';
import { createDeribitVenue } from './venue.ts';

const file = recording('deribit/deribit_options_snapshots_2026-01.tar.xz');
/** A day and a half; the complete month shows the same and takes minutes. */
const PAGES = 6;

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function pagesOf(path: string): Promise<RawChain[][]> {
  const source = await openRecording(path);
  opened.push(source);
  const pages = new Map<number, RawChain[]>();
  for await (const item of source as AsyncIterable<SourceItem>) {
    if (item.kind !== 'chain') continue;
    const page = pages.get(item.chain.timestamp) ?? [];
    if (!pages.has(item.chain.timestamp) && pages.size === PAGES) break;
    pages.set(item.chain.timestamp, page);
    page.push(item.chain);
  }
  return [...pages.values()];
}

/** Cells of a recording that have a field on the wire; it has no sizes and no last prices. */
const CELLS = [
  ['bid', 'bid'],
  ['ask', 'ask'],
  ['mark', 'mark'],
  ['volume', 'volume'],
  ['open_interest', 'openInterest'],
] as const;
/** A premium goes to coin and back: two roundings of a double. */
const RELATIVE_ERROR = 4e-16;

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

const quantile = (values: number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(q * values.length)];

test.skipIf(file.absent)('recorded chains come through the wire cell by cell', async () => {
  const volatilities = markVolatilities(file.path);
  const apart: number[] = [];
  const pages = await pagesOf(file.path);
  expect(pages.length).toBe(PAGES);
  const source = await openRecording(file.path);
  const market = await marketOf(source, { idOf: deribitId });
  const simulator = await createDeribitSimulator(market, {
    rates: {
      requests: { capacity: 1000, perSecond: 1000 },
      subscriptions: { capacity: 1000, perSecond: 1000 },
      instruments: { capacity: 1000, perSecond: 1000 },
    },
  });
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

  let compared = 0;
  for (const [i, page] of pages.entries()) {
    if (i > 0) expect(await market.step()).toBe(true);
    const list = await venue.instruments(['BTC', 'ETH'], AbortSignal.timeout(30_000));
    expect([...list.rejected]).toEqual([]);
    const options = list.instruments.filter((each): each is OptionInstrument => each.kind === 'option');
    const ids = venue.subscriptions(list, options).filter((id) => !confirmed.has(id));
    for (let at = 0; at < ids.length; at += 100) {
      for (const message of conversation?.subscribe(ids.slice(at, at + 100)) ?? []) socket.send(message);
    }
    await vi.waitFor(() => {
      expect(ids.every((id) => confirmed.has(id))).toBe(true);
      for (const chain of page) {
        for (const name of namesOf(chain)) expect(latest.get(name)?.at).toBe(market.quoteOf(name)?.at);
      }
    });
    for (const chain of page) {
      compared += compare(chain, latest);
      apart.push(...volatilityErrors(chain, latest, volatilities));
    }
  }
  expect(kept.rejections).toEqual([]);
  expect(compared).toBeGreaterThan(PAGES * 1300 * CELLS.length);
  if (volatilities.size === 0) return;
  expect(apart.length).toBeGreaterThan(PAGES * 100);
  // 0.02 points. The others are of rows that the venue read with another forward than the first of their page.
  expect(quantile(apart, 0.5)).toBeLessThan(1e-4);
  expect(quantile(apart, 0.9)).toBeLessThan(2e-4);
});

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

function compare(chain: RawChain, latest: ReadonlyMap<InstrumentId, InstrumentQuote>): number {
  const strikes = column(chain.columns, 'strike');
  let compared = 0;
  for (const side of SIDES) {
    for (let i = 0; i < strikes.length; i++) {
      const quote = latest.get(nameOf(chain, strikes[i], side));
      if (quote === undefined) continue;
      const place = `${quote.id} at ${new Date(chain.timestamp).toISOString()}`;
      // One that did not change is not sent again.
      if (quote.at === chain.timestamp) {
        expect([quote.forward, quote.spot], place).toEqual([chain.future, chain.spot]);
      }
      for (const [name, field] of CELLS) {
        const cell = column(chain.columns, `${side}_${name}`)[i];
        const apart = Math.abs(quote[field] - cell) / Math.max(cell, 1);
        expect(
          Number.isNaN(cell) ? Number.isNaN(quote[field]) : apart <= RELATIVE_ERROR,
          `${field} of ${place}`,
        ).toBe(true);
        compared++;
      }
    }
  }
  return compared;
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
