import {
  column,
  createColumns,
  QUOTED_FIELDS,
  type QuoteColumn,
  SIDES,
  type Side,
} from '@deltastream/contracts';
import type { IngestSettings } from './ingest-settings.ts';
import { LineProblem } from './line-problem.ts';
import type { ReadChain, ReadQuote } from './read-line.ts';

/** The quotes of single contracts, from which chains are made. */
export interface QuoteBook {
  /** Throws LineProblem where there is no room for it, or a later quote of the contract was taken. */
  update(quote: ReadQuote): void;
  /** The chain of each expiry with a quote since the last call; of those that are over, nothing is kept. */
  changed(nowMs: number): ReadChain[];
  /** These were not published: they are there at the next call. */
  again(chains: readonly ReadChain[]): void;
}

export type QuoteBookLimits = Pick<IngestSettings, 'maxExpiries' | 'maxStrikes' | 'maxQuotedStrikes'>;

interface Entry {
  quote: ReadQuote;
  timestamp: number;
  spot: number | null;
  future: number | null;
  /** By strike: the fields of the call, then of the put. */
  readonly cells: Map<number, Float64Array>;
  /** By strike and side, when its last quote was. */
  readonly times: Map<string, number>;
  changed: boolean;
}

const WIDTH = QUOTED_FIELDS.length;

/** @param priceOf the latest price of a product's underlying, for quotes that do not say it */
export function createQuoteBook(
  { maxExpiries, maxStrikes, maxQuotedStrikes }: QuoteBookLimits,
  priceOf: (product: string) => number | null,
): QuoteBook {
  const entries = new Map<string, Entry>();
  let quotedStrikes = 0;
  const keyOf = ({ product, expiry, source }: ReadQuote['header']) => `${product} ${expiry} ${source}`;

  function entryOf(quote: ReadQuote): Entry {
    const key = keyOf(quote.header);
    const known = entries.get(key);
    if (known !== undefined) return known;
    if (entries.size >= maxExpiries) {
      throw new LineProblem(
        `quotes of ${maxExpiries} expiries are held, and no more`,
        'Send complete chains, or have --ingest-max-expiries raised.',
      );
    }
    const entry = {
      ...{ quote, timestamp: 0, spot: null, future: null, changed: false },
      cells: new Map<number, Float64Array>(),
      times: new Map<string, number>(),
    };
    entries.set(key, entry);
    return entry;
  }

  function chainOf({ quote, timestamp, spot, future, cells }: Entry): ReadChain {
    const strikes = [...cells.keys()].sort((a, b) => a - b);
    const columns = createColumns(strikes.length, 'raw');
    column(columns, 'strike').set(strikes);
    SIDES.forEach((side, s) => {
      QUOTED_FIELDS.forEach(([, name]: readonly [string, QuoteColumn], at) => {
        const target = column(columns, `${side}_${name}`);
        for (let i = 0; i < strikes.length; i++) {
          target[i] = (cells.get(strikes[i]) as Float64Array)[s * WIDTH + at];
        }
      });
    });
    const { header, exchange } = quote;
    const price = spot ?? priceOf(header.product);
    return { chain: { ...header, timestamp, spot: price, future, columns }, exchange, number: null };
  }

  return {
    update(quote) {
      const entry = entryOf(quote);
      const { strike, side, cells, header } = quote;
      const contract = `${side} ${strike}`;
      if (header.timestamp < (entry.times.get(contract) ?? 0)) {
        throw new LineProblem(
          `${contract} has a later quote`,
          'Send the quotes of a contract in their order.',
        );
      }
      if (!entry.cells.has(strike)) {
        if (entry.cells.size >= maxStrikes) {
          throw new LineProblem(
            `${maxStrikes} strikes of the expiry have quotes, and no more`,
            'Send fewer strikes.',
          );
        }
        if (quotedStrikes >= maxQuotedStrikes) {
          throw new LineProblem(
            `quotes of ${maxQuotedStrikes} strikes are held, and no more`,
            'Send complete chains, or have --ingest-max-quoted-strikes raised.',
          );
        }
        quotedStrikes++;
        entry.cells.set(strike, new Float64Array(2 * WIDTH).fill(Number.NaN));
      }
      entry.times.set(contract, header.timestamp);
      const target = entry.cells.get(strike) as Float64Array;
      for (const [at, cell] of cells) target[offsetOf(side) + at] = cell;
      entry.quote = quote;
      entry.timestamp = Math.max(entry.timestamp, header.timestamp);
      if (quote.spot !== undefined) entry.spot = quote.spot;
      if (quote.future !== undefined) entry.future = quote.future;
      entry.changed = true;
    },
    changed(nowMs) {
      const chains: ReadChain[] = [];
      for (const [key, entry] of entries) {
        if (entry.changed) chains.push(chainOf(entry));
        entry.changed = false;
        if (entry.quote.header.expiry_at >= nowMs) continue;
        entries.delete(key);
        quotedStrikes -= entry.cells.size;
      }
      return chains;
    },
    again(chains) {
      for (const { chain } of chains) {
        const entry = entries.get(keyOf({ ...chain }));
        if (entry !== undefined) entry.changed = true;
      }
    },
  };
}

const offsetOf = (side: Side): number => SIDES.indexOf(side) * WIDTH;
