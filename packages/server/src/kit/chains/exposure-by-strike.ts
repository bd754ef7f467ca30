import { type EnrichedChain, type getExposure, isoTime } from '@deltastream/contracts';
import {
  chainExposures,
  EXPOSURE_KINDS,
  type ExposureKind,
  type SignModel,
  type StrikeExposures,
} from '@deltastream/quant';
import type { Static } from 'typebox';
import { exposureChain } from './exposure-chain.ts';

type ExposureResponse = Static<(typeof getExposure.schema.response)[200]>;
type StrikeExposure = ExposureResponse['strikes'][number];

/** The published name of each exposure. */
export const EXPOSURE_NAMES = {
  gamma: 'gex',
  delta: 'dex',
  vega: 'vex',
  vanna: 'vanna_exposure',
  charm: 'charm_exposure',
} as const satisfies Record<ExposureKind, string>;

/** What the exposures of a chain are computed from, null where there are none, and what is said of it. */
export function exposureInputs(chain: EnrichedChain) {
  const { forward, rate, year_fraction: yearFraction } = chain.summary;
  const { columns, lot_size: lotSize, spot, quality } = chain;
  const known = exposureChain({ columns, lotSize, spot, forward, rate, yearFraction, quality });
  const { product, expiry } = chain;
  const head = { product, expiry, timestamp: isoTime(chain.timestamp), lot_size: lotSize };
  return typeof known === 'string'
    ? { known: null, head: { ...head, underlying_price: null, null_reason: known } }
    : { known, head: { ...head, underlying_price: known.level, null_reason: null } };
}

/** Exposures of a chain by strike; no strikes where they cannot be computed, with the reason. */
export function exposureByStrike(chain: EnrichedChain, model: SignModel): ExposureResponse {
  const { known, head } = exposureInputs(chain);
  const nothing = { totals: null, call_wall_strike: null, put_wall_strike: null, count: 0, strikes: [] };
  if (known === null) return { ...head, model, ...nothing };
  const column = () => new Float64Array(known.strikes.length);
  const byStrike = Object.fromEntries(
    EXPOSURE_KINDS.map((kind) => [kind, { call: column(), put: column() }]),
  ) as unknown as StrikeExposures;
  const exposures = chainExposures(known, model, byStrike);
  const named = (cells: (kind: ExposureKind) => readonly (readonly [string, number])[]) =>
    Object.fromEntries(EXPOSURE_KINDS.flatMap(cells));
  const strikes = Array.from(known.strikes, (strike, i) => ({
    strike,
    ...named((kind) => [
      [`${EXPOSURE_NAMES[kind]}_call`, byStrike[kind].call[i]],
      [`${EXPOSURE_NAMES[kind]}_put`, byStrike[kind].put[i]],
    ]),
  })) as StrikeExposure[];
  const totals = named((kind) => [
    [`${EXPOSURE_NAMES[kind]}_net`, exposures[kind].net],
    [`${EXPOSURE_NAMES[kind]}_gross`, exposures[kind].gross],
  ]) as ExposureResponse['totals'];
  const walls = { call_wall_strike: exposures.callWall, put_wall_strike: exposures.putWall };
  return { ...head, model, totals, ...walls, count: strikes.length, strikes };
}
