import { listedOn } from '../../../packages/reference/src/index.ts';
import type { InstrumentId, OptionInstrument } from '../../../packages/venues/src/instrument.ts';
import { createInstrumentQuote } from '../../../packages/venues/src/meaning.ts';
import { createOpenAlgoConversation } from '../../../packages/venues/src/openalgo/feed/conversation.ts';
import { addKnown, type KnownInstrument } from '../../../packages/venues/src/openalgo/known-instruments.ts';
import { tickMessage } from '../../../packages/venues/src/openalgo/simulator/write-tick.ts';
import { openalgoId, optionSymbol } from '../../../packages/venues/src/openalgo/symbols.ts';
import { printRows } from '../print-rows.ts';

/** Ticks of OpenAlgo with a book a second that one core reads, JSON of one contract in a message. */

const CONTRACTS = 2000;
const ROUNDS = 21;
/** Messages are read so often in a round, so that one takes some tenths of a second. */
const TIMES = 20;

const listing = listedOn('NSE', 'NIFTY');
const options = Array.from({ length: CONTRACTS }, (_, i): OptionInstrument => {
  const strike = 20_000 + 50 * i;
  return {
    ...{
      kind: 'option',
      id: openalgoId('NFO', optionSymbol('NIFTY', '2026-12-29', strike, 'call')),
      listing,
    },
    ...{ expiry: '2026-12-29', expiresAt: 1, strike, side: 'call', lotSize: 65 },
  };
});
const known = new Map<InstrumentId, KnownInstrument>();
addKnown(known, { asOf: 0, instruments: options, rejected: new Map() });
const conversation = createOpenAlgoConversation('key', known);
let sum = 0;
const sink = {
  quote: ({ bid, ask, volume }: { bid: number; ask: number; volume: number }) => {
    sum += bid + ask + volume;
  },
  state: () => {},
  listed: () => {},
  rejected: (_: string, reason: string) => {
    throw new Error(reason);
  },
};

const messages = options.map(({ id }, i) => {
  const price = 100 + i / 20;
  const sizes = { bidSize: i + 1, askSize: i + 2, volume: 1000 * i + 1, openInterest: 500 * i + 1 };
  const prices = { last: price, bid: price - 0.05, ask: price + 0.05, previousClose: price - 5 };
  const quote = { ...createInstrumentQuote(), id, at: 1_798_000_000_000, ...prices, ...sizes };
  return tickMessage(quote, { mode: 'Depth', broker: 'zerodha', lot: 65, isIndex: false });
});

/** Median over rounds of ticks a second, by processor time of this process. */
const rates: number[] = [];
for (let round = -5; round < ROUNDS; round++) {
  const before = process.cpuUsage();
  for (let n = 0; n < TIMES; n++)
    for (const message of messages) conversation.receive(message, sink, () => {});
  const { user, system } = process.cpuUsage(before);
  if (round >= 0) rates.push((CONTRACTS * TIMES * 1e6) / (user + system));
}
if (!(sum > 0)) throw new Error('nothing was read');

printRows([
  {
    what: 'OpenAlgo, reading ticks with a book',
    figure: rates.toSorted((a, b) => a - b)[rates.length >> 1],
    unit: 'ticks/s',
    goal: 100_000,
    is: 'at least',
    remark: `JSON of ${messages[0].length} bytes`,
  },
]);
