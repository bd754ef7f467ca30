import { KiteTicker } from 'kiteconnect';
import { createFrameDecoder } from '../../../packages/venues/src/kite/decode-frame.ts';
import { encodeFrame } from '../../../packages/venues/src/kite/simulator/encode-frame.ts';
import { createInstrumentQuote, type QuoteSink } from '../../../packages/venues/src/meaning.ts';
import { median } from '../../measure/statistics.ts';
import { printRows } from '../print-rows.ts';

/** Full packets of as many contracts as three WebSockets of Kite hold, in frames of 500: bytes to quotes, beside Kite's own client. */
const CONTRACTS = 9_000;
const PACKETS_A_FRAME = 500;
const ROUNDS = 15;
const PASSES = 20; // 180,000 packets a round: long beside a tick of the clock.
const PEER_PASSES = 1; // It takes some fifty times as long.

const quotes = Array.from({ length: CONTRACTS }, (_, i) => {
  const last = 50 + (i % 4_000) * 0.05;
  return {
    ...createInstrumentQuote(),
    id: (10_001 + i) * 256 + 2,
    at: Date.UTC(2026, 7, 3, 5) + i,
    complete: true,
    bid: last - 0.05,
    ask: last + 0.05,
    last,
    bidSize: 1 + (i % 7),
    askSize: 2 + (i % 5),
    volume: i,
    openInterest: 3 * i,
    previousClose: last + 1,
  };
});
const lots = new Map(quotes.map(({ id }) => [id, 65]));
const frames: Uint8Array[] = [];
for (let from = 0; from < CONTRACTS; from += PACKETS_A_FRAME) {
  const some = quotes.slice(from, from + PACKETS_A_FRAME);
  frames.push(encodeFrame(some.map((quote) => ({ quote, lot: 65, mode: 'full' as const }))));
}

let received = 0;
let sum = 0;
const sink: QuoteSink = {
  quote: ({ bid, ask, openInterest }) => {
    received++;
    sum += bid + ask + openInterest;
  },
  state: () => {},
  listed: () => {},
  rejected: (_rejection, reason) => {
    throw new Error(reason);
  },
};
const decoder = createFrameDecoder(lots);
const ticker = new KiteTicker({ api_key: '', access_token: '', reconnect: false }) as unknown as {
  parseBinary(frame: ArrayBuffer): unknown[];
};

function ours(): void {
  for (let pass = 0; pass < PASSES; pass++) for (const frame of frames) decoder.decode(frame, sink);
}
function theirs(): void {
  for (let pass = 0; pass < PEER_PASSES; pass++) {
    for (const frame of frames) received += ticker.parseBinary(frame.buffer as ArrayBuffer).length;
  }
}

/** Packets a second of processor time of this thread. */
function rate(decodeAll: () => void): number {
  received = 0;
  const begun = process.threadCpuUsage();
  decodeAll();
  const { user, system } = process.threadCpuUsage(begun);
  return received / ((user + system) / 1e6);
}

const [own, peer]: [number[], number[]] = [[], []];
for (let round = -3; round < ROUNDS; round++) {
  const [a, b] = [rate(ours), rate(theirs)];
  if (round < 0) continue;
  own.push(a);
  peer.push(b);
}
if (!(sum > 0)) throw new Error('nothing was decoded');
printRows([
  {
    what: 'Kite: full packets decoded into quotes',
    figure: median(own),
    unit: 'packets/s',
    goal: 2_000_000,
    is: 'at least',
    remark: `kiteconnect 5.3.0 in the same run: ${Math.round(median(peer) / 1000)}k`,
  },
]);
