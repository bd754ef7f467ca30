import {
  type ContractView,
  type EnrichedChain,
  type getOiBuildup,
  noPriceReason,
  SIDES,
  type Side,
  toChainView,
} from '@deltastream/contracts';
import { openInterestBuildup } from '@deltastream/quant';
import type { Static } from 'typebox';
import type { ChainReader } from '../reading/reader-as-of.ts';

const WINDOW_MS = { '5m': 300_000, '15m': 900_000, '30m': 1_800_000, '60m': 3_600_000 } as const;
export type Window = keyof typeof WINDOW_MS | 'session';

type Contracts = Static<(typeof getOiBuildup.schema.response)[200]>['contracts'];
export type ContractBuildup = Contracts[number];

export interface WindowBuildup {
  /** What stood a window before; null for the session, and where nothing of that time is stored. */
  readonly baseline: EnrichedChain | null;
  readonly contracts: ContractBuildup[];
}

/**
 * Build-up of every listed contract over a window. An earlier snapshot stands for the start of the window when it is
 * not older than that by more than `maxBaselineAgeMs`.
 */
export async function buildupOver(
  reader: Pick<ChainReader, 'asOf'>,
  chain: EnrichedChain,
  window: Window,
  maxBaselineAgeMs: number,
): Promise<WindowBuildup> {
  if (window === 'session') return { baseline: null, contracts: sessionBuildup(chain) };
  const wantedAt = chain.timestamp - WINDOW_MS[window];
  const found = await reader.asOf(chain.product, chain.expiry, wantedAt);
  const baseline = found && found.timestamp >= wantedAt - maxBaselineAgeMs ? found : null;
  const missing = `no snapshot is stored from ${window} before`;
  return { baseline, contracts: windowBuildup(chain, baseline, missing) };
}

/** Build-up of every listed contract since the previous close, as the enricher computed it. */
export function sessionBuildup(chain: EnrichedChain): ContractBuildup[] {
  return listed(chain).map(({ side, contract }) => {
    const { price, previous_close, open_interest_change, buildup } = contract;
    // A previous close of 0 means "did not trade", not a price.
    const baseline = previous_close !== null && previous_close > 0 ? previous_close : null;
    return {
      strike: contract.strike,
      side,
      price,
      price_change: difference(price, baseline),
      open_interest: contract.open_interest,
      open_interest_change,
      buildup,
      null_reason: buildup === null ? sessionReason(contract, baseline) : null,
    };
  });
}

/** Build-up of every listed contract since an earlier snapshot of the same expiry; null without one. */
export function windowBuildup(
  chain: EnrichedChain,
  baseline: EnrichedChain | null,
  missing: string,
): ContractBuildup[] {
  const before = new Map(
    (baseline ? listed(baseline) : []).map(({ side, contract }) => [`${side}${contract.strike}`, contract]),
  );
  return listed(chain).map(({ side, contract }) => {
    const earlier = before.get(`${side}${contract.strike}`);
    const priceChange = difference(contract.price, earlier?.price ?? null);
    const oiChange = difference(contract.open_interest, earlier?.open_interest ?? null);
    const buildup =
      priceChange === null || oiChange === null ? null : openInterestBuildup(priceChange, oiChange);
    return {
      strike: contract.strike,
      side,
      price: contract.price,
      price_change: priceChange,
      open_interest: contract.open_interest,
      open_interest_change: oiChange,
      buildup,
      null_reason: buildup === null ? windowReason(contract, earlier, baseline ? null : missing) : null,
    };
  });
}

function listed(chain: EnrichedChain): { side: Side; contract: ContractView }[] {
  const view = toChainView(chain);
  return view.strikes.flatMap((_, i) =>
    SIDES.flatMap((side) => {
      const contract = side === 'call' ? view.calls[i] : view.puts[i];
      return contract ? [{ side, contract }] : [];
    }),
  );
}

const difference = (now: number | null, before: number | null): number | null =>
  now === null || before === null ? null : now - before;

function sessionReason(contract: ContractView, close: number | null): string {
  if (contract.price === null) return noPrice(contract);
  if (close === null) return 'no previous close';
  return contract.open_interest_change === null
    ? 'no open interest change since the previous close'
    : 'not computed';
}

function windowReason(now: ContractView, before: ContractView | undefined, missing: string | null): string {
  if (missing) return missing;
  if (!before) return 'not listed in the earlier snapshot';
  if (now.price === null) return noPrice(now);
  if (now.open_interest === null) return 'no open interest';
  if (before.price === null) return `${noPrice(before)} in the earlier snapshot`;
  return 'no open interest in the earlier snapshot';
}

const noPrice = ({ last_price, mark_price }: ContractView): string =>
  noPriceReason(last_price ?? Number.NaN, mark_price ?? Number.NaN) === 'last_outside_quote'
    ? 'no price: the last trade is outside the quote'
    : 'no price';
