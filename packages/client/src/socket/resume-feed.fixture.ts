import { type Alert, column, createColumns, type EnrichedChain } from '@deltastream/contracts';
import {
  enrichedChain,
  enrichedTick,
} from '../../../server/src/services/socket-gateway/testing/enriched.fixture.ts';
import type { Message } from './resume-world.fixture.ts';

export const EXPIRIES = ['2026-08-25', '2026-09-29'];

/** Messages as a feed and its enrichers make them: the content of a number is always the same. */
export function createFeed() {
  let run = 1;
  let seqs = { tick: 0, chain: 0, alert: 0 };
  const chains = new Map<string, EnrichedChain>();

  const sent = new Map<string, EnrichedChain>();

  return {
    sent: (epoch: string, seq: number) => sent.get(`${epoch} ${seq}`),
    restart() {
      run += 1;
      seqs = { tick: 0, chain: 0, alert: 0 };
    },
    next(what: Message['kind'], dice: number): Message {
      seqs[what] += 1;
      const stamp = { epoch: `e${run}`, seq: seqs[what] };
      if (what === 'alert') return { kind: what, body: alert(stamp) };
      if (what === 'tick') return { kind: what, body: tick(stamp, dice) };
      const expiry = EXPIRIES[dice % 2];
      const body = changedChain(chains.get(expiry) ?? null, expiry, stamp, dice);
      chains.set(expiry, body);
      sent.set(`${stamp.epoch} ${stamp.seq}`, body);
      return { kind: what, body };
    },
  };
}

function tick({ epoch, seq }: { epoch: string; seq: number }, dice: number) {
  const made = enrichedTick('A', seq, { epoch, price: 100 + (dice % 50) });
  const { product, timestamp, price } = made;
  const start = timestamp - (timestamp % 60_000);
  const prices = { open: price, high: price, low: price, close: price };
  return {
    ...made,
    bars: [{ product, interval: '1m' as const, start, open_at: timestamp, close_at: timestamp, ...prices }],
  };
}

function alert({ epoch, seq }: { epoch: string; seq: number }): Alert {
  const nothing = { expiry: null, strike: null, value: null, threshold: null };
  const said = { kind: 'test', severity: 'info', message: 'something' } as const;
  return { id: `${epoch}-${seq}`, product: 'A', timestamp: 1, epoch, seq, ...said, ...nothing };
}

/** A few cells differ from the chain before; sometimes a contract or a strike comes or goes. */
function changedChain(
  before: EnrichedChain | null,
  expiry: string,
  { epoch, seq }: { epoch: string; seq: number },
  dice: number,
): EnrichedChain {
  const listed = dice % 23 === 0 ? 8 : 7;
  const made = enrichedChain('A', expiry, seq, { epoch }, listed);
  const columns = createColumns(listed, 'enriched');
  columns.values.set(made.columns.values);
  if (before && before.columns.count === listed) columns.values.set(before.columns.values);
  for (let i = 0; i < dice % 5; i++) {
    const at = (dice >> i) % columns.values.length;
    if (at >= listed) columns.values[at] = i % 3 === 2 ? Number.NaN : ((dice >> (i + 3)) % 4000) / 100;
  }
  if (dice % 11 === 0) {
    const row = dice % listed;
    for (const name of ['bid', 'ask', 'last', 'mark', 'open_interest', 'volume'] as const) {
      column(columns, `call_${name}`)[row] = Number.NaN;
    }
  }
  for (const name of ['call_iv_status', 'put_iv_status', 'call_buildup', 'put_buildup'] as const) {
    const cells = column(columns, name);
    for (let row = 0; row < listed; row++) cells[row] = Math.abs(Math.trunc(cells[row] || 0)) % 5;
  }
  const atm_strike = 100 + (dice % 3) * 10;
  return { ...made, columns, summary: { ...made.summary, atm_strike, pcr_oi: (dice % 100) / 100 } };
}
