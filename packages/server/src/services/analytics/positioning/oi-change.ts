import { type EnrichedChain, type getOiChange, isoTime, MOVES } from '@deltastream/contracts';
import { putCallRatio, sumFinite } from '@deltastream/quant';
import type { Static } from 'typebox';
import type { ContractBuildup, Window, WindowBuildup } from './oi-buildup.ts';

type Answer = Static<(typeof getOiChange.schema.response)[200]>;
type StrikeChange = Answer['strikes'][number];

/** Change of open interest by strike, and the `top` contracts of each class by the size of theirs. */
export function oiChange(
  chain: EnrichedChain,
  window: Window,
  { baseline, contracts }: WindowBuildup,
  top: number,
): Answer {
  const reasons: Record<string, string> = {};
  const orReason = (name: string, value: number | null, reason: string) => {
    if (value === null) reasons[name] = reason;
    return value;
  };
  const total = (name: string, side: ContractBuildup['side']) => {
    const ofSide = contracts.filter((each) => each.side === side);
    const changes = ofSide.flatMap(({ open_interest_change }) => open_interest_change ?? []);
    const reason = ofSide.find(({ null_reason }) => null_reason !== null)?.null_reason ?? 'not listed';
    return orReason(name, changes.length === 0 ? null : sumFinite(changes), reason);
  };
  const calls = total('call_oi_change', 'call');
  const puts = total('put_oi_change', 'put');
  const ratio = calls === null || puts === null ? null : putCallRatio(puts, calls);
  const strikes = byStrike(contracts);
  return {
    product: chain.product,
    expiry: chain.expiry,
    timestamp: isoTime(chain.timestamp),
    window,
    baseline_timestamp: baseline === null ? null : isoTime(baseline.timestamp),
    call_oi_change: calls,
    put_oi_change: puts,
    pcr_oi_change: orReason('pcr_oi_change', ratio, 'no change of the open interest of calls, or of puts'),
    null_reasons: reasons,
    movers: Object.fromEntries(
      MOVES.map((name) => [name, largest(contracts.filter(({ buildup }) => buildup === name)).slice(0, top)]),
    ) as Answer['movers'],
    count: strikes.length,
    strikes,
  };
}

const largest = (contracts: readonly ContractBuildup[]): ContractBuildup[] =>
  contracts.toSorted((a, b) => Math.abs(b.open_interest_change ?? 0) - Math.abs(a.open_interest_change ?? 0));

function byStrike(contracts: readonly ContractBuildup[]): StrikeChange[] {
  const strikes = new Map<number, StrikeChange>();
  for (const { strike, side, open_interest, open_interest_change, buildup } of contracts) {
    const row = strikes.get(strike) ?? {
      strike,
      call_oi: null,
      call_oi_change: null,
      call_buildup: null,
      put_oi: null,
      put_oi_change: null,
      put_buildup: null,
    };
    row[`${side}_oi`] = open_interest;
    row[`${side}_oi_change`] = open_interest_change;
    row[`${side}_buildup`] = buildup;
    strikes.set(strike, row);
  }
  return [...strikes.values()];
}
