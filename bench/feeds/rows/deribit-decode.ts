import { listedOn } from '../../../packages/reference/src/index.ts';
import { createDeribitConversation } from '../../../packages/venues/src/deribit/conversation.ts';
import { createListedContracts } from '../../../packages/venues/src/deribit/listed-contracts.ts';
import {
  changeOf,
  instrumentRow,
  tickerOf,
  wireOption,
} from '../../../packages/venues/src/deribit/simulator/wire-values.ts';
import { createInstrumentQuote, type QuoteSink } from '../../../packages/venues/src/meaning.ts';
import { median } from '../../measure/statistics.ts';
import { printRows } from '../print-rows.ts';

/** Text of the WebSocket to quotes in the currency of the strikes: JSON, merging, checks, and the quote of a sink. */
const ROUNDS = 7;
const TICKERS_A_ROUND = 100_000;
const STRIKES = 500;
const AT = Date.parse('2026-01-20T09:00:00Z');
const FORWARD = 90_123.45;

const options = Array.from({ length: STRIKES }, (_, i) => {
  const strike = 50_000 + 200 * i;
  const option = wireOption({
    kind: 'option',
    id: `BTC-30JAN26-${strike}-C`,
    listing: listedOn('DERIBIT', 'BTC'),
    expiry: '2026-01-30',
    expiresAt: Date.parse('2026-01-30T08:00:00Z'),
    strike,
    side: 'call',
    lotSize: 1,
  });
  if (option === null) throw new Error('not an option');
  return option;
});

const ticker = (i: number, mark: number) =>
  tickerOf(options[i], {
    ...createInstrumentQuote(),
    id: options[i].id,
    at: AT,
    bid: mark - 9,
    ask: mark + 9,
    last: mark,
    mark,
    bidSize: 12.5,
    askSize: 3.1,
    volume: 120.4,
    openInterest: 1520.5,
    forward: FORWARD,
    spot: 90_000.12,
  });
const notification = (i: number, data: object) =>
  JSON.stringify({
    jsonrpc: '2.0',
    method: 'subscription',
    params: { channel: `incremental_ticker.${options[i].id}`, data },
  });
const markOf = (i: number) => Math.max(50, FORWARD - options[i].strike) + 45;
const full = options.map((_, i) => notification(i, { ...ticker(i, markOf(i)), type: 'snapshot' }));
const changes = options.map((_, i) =>
  notification(i, changeOf(ticker(i, markOf(i)), ticker(i, markOf(i) + 4.5))),
);

const contracts = createListedContracts();
contracts.replace(options.map(instrumentRow), ['BTC'], AT);
const conversation = createDeribitConversation({ contracts, heartbeatSeconds: 30 });
conversation.subscribe(options.map(({ id }) => id));

let quotes = 0;
const sink: QuoteSink = {
  quote: () => {
    quotes++;
  },
  state: () => {},
  listed: () => {},
  rejected: (_, reason) => {
    throw new Error(reason);
  },
};
const reply = () => {};

/** Tickers a second of processor time of this thread. */
function rate(messages: readonly string[]): number {
  quotes = 0;
  const begun = process.threadCpuUsage();
  for (let i = 0; i < TICKERS_A_ROUND; i++) conversation.receive(messages[i % STRIKES], sink, reply);
  const { user, system } = process.threadCpuUsage(begun);
  if (quotes !== TICKERS_A_ROUND) throw new Error(`${quotes} quotes of ${TICKERS_A_ROUND} tickers`);
  return quotes / ((user + system) / 1e6);
}

for (const [what, messages] of [
  ['full tickers', full],
  ['changes', changes],
] as const) {
  const rates: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const measured = rate(messages);
    if (round >= 0) rates.push(measured);
  }
  const bytes = Math.round(messages.reduce((sum, { length }) => sum + length, 0) / STRIKES);
  printRows([
    {
      what: `Deribit: ${what} mapped`,
      figure: median(rates),
      unit: 'tickers/s',
      goal: 200_000,
      is: 'at least',
      remark: `JSON of ${bytes} bytes each`,
    },
  ]);
}
