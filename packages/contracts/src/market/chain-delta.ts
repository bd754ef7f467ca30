import { CARRIED_FIGURES, type CarriedFigure, LISTING_FIGURES } from '../figures/contract-figures.ts';
import type { ChainDelta, ChainUpdate } from '../socket/socket-updates.ts';
import { SIDES, type Side } from './columns.ts';
import { contractPrice, contractPriceSource } from './contracts/contract-price.ts';
import type { ContractView } from './contracts/contract-view.ts';
import type { ChainView } from './views.ts';

/**
 * The chain after an update; null when the delta does not fit the chain, and then the room has to be asked
 * for anew. A delta fits the state at its `from_seq`, a `cumulative` one any state from there on. One that is
 * not newer than the chain changes nothing. The chain given is not changed; rows without a change are shared.
 */
export function applyChainDelta(chain: ChainView | null, update: ChainUpdate): ChainView | null {
  if (update.kind === 'full') return isOlder(update, chain) ? chain : viewOf(update);
  if (chain === null || chain.epoch !== update.epoch) return null;
  if (update.seq <= chain.seq) return chain;
  if (update.cumulative ? chain.seq < update.from_seq : chain.seq !== update.from_seq) return null;
  const rows = rowsOf(chain.strikes, update.strikes);
  if (rows === null) return null;
  const { epoch, seq, timestamp, header } = update;
  const tick = (header.price_tick === undefined ? chain.price_tick : header.price_tick) ?? null;
  const side = (name: Side, before: ChainView['calls']) => {
    const after = changedSide(before, update, rows, name, tick);
    // With another tick, contracts that nobody bids for may have another price though their quote is the same.
    return tick === chain.price_tick ? after : after.map((contract) => contract && repriced(contract, tick));
  };
  return {
    ...chain,
    ...header,
    epoch,
    seq,
    timestamp,
    calls: side('call', chain.calls),
    puts: side('put', chain.puts),
  };
}

/** Within an epoch a picture does not go back. */
const isOlder = (update: { epoch: string; seq: number }, chain: ChainView | null): boolean =>
  chain !== null && chain.epoch === update.epoch && update.seq < chain.seq;

function viewOf({
  kind,
  room,
  room_seq,
  traceparent,
  ...view
}: Extract<ChainUpdate, { kind: 'full' }>): ChainView {
  return view;
}

function rowsOf(all: readonly number[], changed: readonly number[]): number[] | null {
  const rows: number[] = [];
  let at = 0;
  for (const strike of changed) {
    while (at < all.length && all[at] < strike) at++;
    if (all[at] !== strike) return null;
    rows.push(at);
  }
  return rows;
}

function changedSide(
  before: readonly (ContractView | null)[],
  delta: ChainDelta,
  rows: readonly number[],
  side: Side,
  tick: number | null,
): (ContractView | null)[] {
  const columns = CARRIED_FIGURES.map((field) => [field, columnOf(delta, side, field)] as const).filter(
    ([, column]) => column !== undefined,
  );
  const after = [...before];
  if (columns.length === 0) return after;
  for (const [i, row] of rows.entries()) {
    const contract: Record<string, unknown> = before[row] ? { ...before[row] } : unlisted(delta.strikes[i]);
    for (const [field, column] of columns) {
      if (Array.isArray(column)) contract[field] = column[i];
      else if (column) contract[field] = moved(contract[field] as number | null, column.p, column.d[i]);
    }
    after[row] = listed(contract as ContractView, tick);
  }
  return after;
}

/** A column that is the same as the other side's is given by that one's name. */
function columnOf({ columns }: ChainDelta, side: Side, field: CarriedFigure) {
  const column = columns[`${side}_${field}`];
  if (typeof column !== 'string') return column;
  return columns[`${SIDES[0]}_${field}`] as Exclude<typeof column, string> | undefined;
}

/** Values lie on a decimal grid, so steps on it are whole numbers and the sum is exact. */
function moved(value: number | null, places: number, steps: number): number | null {
  if (value === null || steps === 0) return value;
  const scale = 10 ** places;
  return (Math.round(value * scale) + steps) / scale;
}

function unlisted(strike: number): Record<string, unknown> {
  return { strike, ...Object.fromEntries(CARRIED_FIGURES.map((field) => [field, null])) };
}

function listed(contract: ContractView, tick: number | null): ContractView | null {
  if (LISTING_FIGURES.every((field) => contract[field] === null)) return null;
  return withPrice(contract, tick);
}

/** The same row where the tick decides nothing, so that rows without a change stay shared. */
function repriced(contract: ContractView, tick: number | null): ContractView {
  return contract.bid === 0 ? withPrice(contract, tick) : contract;
}

function withPrice(contract: ContractView, tick: number | null): ContractView {
  const [bid, ask, last, mark] = [contract.bid, contract.ask, contract.last_price, contract.mark_price].map(
    (value) => value ?? Number.NaN,
  );
  const price = contractPrice(bid, ask, last, mark, tick);
  return {
    ...contract,
    price: Number.isNaN(price) ? null : price,
    price_source: contractPriceSource(bid, ask, last, mark, tick),
  };
}
