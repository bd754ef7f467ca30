import { createPacketDecoder } from '../../../packages/venues/src/dhan/feed/decode-packets.ts';
import type { KnownInstrument } from '../../../packages/venues/src/dhan/feed/known-instruments.ts';
import { dhanId, SEGMENTS } from '../../../packages/venues/src/dhan/instrument-id.ts';
import { fullPacket } from '../../../packages/venues/src/dhan/simulator/write-packets.ts';
import { createInstrumentQuote } from '../../../packages/venues/src/meaning.ts';
import { printRows } from '../print-rows.ts';

/** Full packets of Dhan a second that one core decodes, ten in a message. */

const CONTRACTS = 5000;
const PER_MESSAGE = 10;
const ROUNDS = 21;
/** Messages are decoded so often in a round, so that one takes some tenths of a second. */
const TIMES = 40;

const ids = Array.from({ length: CONTRACTS }, (_, i) => dhanId(SEGMENTS.NSE_FNO, 40_000 + i));
const known = new Map<number, KnownInstrument>(
  ids.map((id) => [
    id,
    { kind: 'option', listed: null, lot: 65, ticksPerUnit: 20, previousClose: 90, isFresh: false },
  ]),
);
const decoder = createPacketDecoder(known);
let sum = 0;
const sink = {
  quote: ({ bid, ask, openInterest }: { bid: number; ask: number; openInterest: number }) => {
    sum += bid + ask + openInterest;
  },
  state: () => {},
  listed: () => {},
  rejected: (_: string, reason: string) => {
    throw new Error(reason);
  },
};

const messages: Buffer[] = [];
for (let from = 0; from < CONTRACTS; from += PER_MESSAGE) {
  const packets = ids.slice(from, from + PER_MESSAGE).map((id, i) => {
    const price = 100 + i / 20;
    const sizes = { bidSize: i + 1, askSize: i + 2, volume: 1000 * i + 1, openInterest: 500 * i + 1 };
    const prices = { last: price, bid: price - 0.05, ask: price + 0.05 };
    return fullPacket({ ...createInstrumentQuote(), id, at: 1_798_000_000_000, ...prices, ...sizes }, 65);
  });
  messages.push(Buffer.concat(packets));
}

/** Median over rounds of packets a second, by processor time of this process. */
const rates: number[] = [];
for (let round = -5; round < ROUNDS; round++) {
  const before = process.cpuUsage();
  for (let n = 0; n < TIMES; n++) for (const message of messages) decoder.decode(message, sink);
  const { user, system } = process.cpuUsage(before);
  if (round >= 0) rates.push((CONTRACTS * TIMES * 1e6) / (user + system));
}
if (!(sum > 0)) throw new Error('nothing was decoded');

printRows([
  {
    what: 'Dhan, decoding full packets',
    figure: rates.toSorted((a, b) => a - b)[rates.length >> 1],
    unit: 'packets/s',
    goal: 200_000,
    is: 'at least',
  },
]);
