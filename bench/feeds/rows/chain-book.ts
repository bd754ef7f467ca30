import { type Listing, listedOn } from '../../../packages/reference/src/index.ts';
import { createQuoteBook } from '../../../packages/venues/src/book/index.ts';
import type { OptionInstrument } from '../../../packages/venues/src/instrument.ts';
import { createInstrumentQuote, type InstrumentQuote } from '../../../packages/venues/src/meaning.ts';
import { median } from '../../measure/statistics.ts';
import { printRows } from '../print-rows.ts';

const PRODUCTS = 20;
const STRIKES = 250;
const CONTRACTS = PRODUCTS * STRIKES * 2;
const NOW = Date.UTC(2026, 7, 19, 6);
const TIMES = { stallMs: 15_000, frozenMs: 60_000, spotFrozenMs: 60_000, shownMs: 60_000 };
const ROUNDS = 100;
const WARM_UP = 20;

/** Quotes of 20 products, 500 contracts each, into the book: found, checked, and laid in columns. */
function contracts(idOf: (n: number) => number | string): OptionInstrument[] {
  return Array.from({ length: CONTRACTS }, (_, n) => {
    const product = Math.floor(n / (2 * STRIKES));
    const listing: Listing = listedOn('NSE', `PRODUCT${product}`);
    const [expiry, expiresAt] = ['2026-08-25', NOW + 6 * 86_400_000];
    const [strike, side] = [100 * (1 + (n % STRIKES)), n % (2 * STRIKES) < STRIKES ? 'call' : 'put'] as const;
    return { kind: 'option', id: idOf(n), listing, expiry, expiresAt, strike, side, lotSize: 50 };
  });
}

/** A tick of every contract in an order that is none; each round differs from the one before. */
function createTicks(ids: readonly (number | string)[]) {
  const quote = createInstrumentQuote();
  const order = ids.map((_, i) => ids[(i * 7919) % ids.length]);
  let round = 0;
  return (take: (quote: InstrumentQuote) => void) => {
    round++;
    for (let i = 0; i < order.length; i++) {
      const price = 100 + ((i + round) % 64);
      quote.id = order[i];
      quote.at = NOW + round;
      quote.complete = true;
      quote.bid = price;
      quote.ask = price + 0.5;
      quote.last = price + 0.25;
      quote.bidSize = 50 * (1 + (round % 7));
      quote.askSize = 50;
      quote.volume = 1000 + round;
      quote.openInterest = 5000 + (round % 3);
      quote.previousClose = 99;
      take(quote);
    }
  };
}

const bookOf = (instruments: readonly OptionInstrument[]) => {
  const book = createQuoteBook({ volume: 'session', times: TIMES, startMs: 0 });
  book.add(instruments);
  return book;
};

const numbers = contracts((n) => 256 * (n + 40_000) + 2);
const names = contracts((n) => `NSE_FO|${n + 40_000}`);
const byNumber = bookOf(numbers);
const byName = bookOf(names);
const chains = bookOf(numbers);
const objects = new Map<string, InstrumentQuote>();
const numberTicks = createTicks(numbers.map(({ id }) => id));
const nameTicks = createTicks(names.map(({ id }) => id));
let ms = 0;

const CANDIDATES = {
  number: () => numberTicks(byNumber.quote),
  name: () => nameTicks(byName.quote),
  object: () => nameTicks((quote) => objects.set(String(quote.id), { ...quote })),
  withChains: () => {
    numberTicks(chains.quote);
    chains.check(NOW + ++ms, ms);
    for (const _ of chains.takeChains(NOW + ms));
  },
};
type Name = keyof typeof CANDIDATES;
const samples: Record<Name, number[]> = { number: [], name: [], object: [], withChains: [] };
// Rounds alternate, and count the processor time of this thread: a machine that has other work is not slower by that.
for (let round = -WARM_UP; round < ROUNDS; round++) {
  for (const name of Object.keys(CANDIDATES) as Name[]) {
    const begun = process.threadCpuUsage();
    CANDIDATES[name]();
    const { user, system } = process.threadCpuUsage(begun);
    if (round >= 0) samples[name].push(user + system);
  }
}
if (byNumber.counts.foreign + byName.counts.foreign > 0) throw new Error('quotes went astray');
if (byNumber.counts.taken !== (ROUNDS + WARM_UP) * CONTRACTS) throw new Error('quotes were not taken');

const perSecond = (name: Name) => (1e6 * CONTRACTS) / median(samples[name]);
const beside = (name: Name) => (perSecond(name) / perSecond('object')).toFixed(2);
const row = { unit: 'quotes/s', is: 'at least' } as const;
const remark = (name: Name) => `an object for each quote in a Map: 1.00, this ${beside(name)}`;
printRows([
  {
    ...row,
    what: 'chain book, numeric tokens',
    figure: perSecond('number'),
    goal: 2e6,
    remark: remark('number'),
  },
  { ...row, what: 'chain book, names', figure: perSecond('name'), goal: 1.5e6, remark: remark('name') },
  {
    ...row,
    what: 'chain book, and all its chains each 10,000 quotes',
    figure: perSecond('withChains'),
    goal: 1e6,
    remark: '20 chains of 500 contracts, copied as columns',
  },
]);
