import {
  IV_MATURITIES,
  isoTime,
  PRODUCT_FIGURE_NAMES,
  type ProductFigureName,
  type ProductFigures,
  type ProductFiguresView,
  type ProductFigureValues,
  REALISED_KINDS,
  VOLATILITY_HORIZONS,
  VOLATILITY_MODELS,
} from '@deltastream/contracts';
import { EXPOSURE_KINDS, type ExposureKind } from '@deltastream/quant';
import { EXPOSURE_NAMES } from '../../../kit/chains/exposure-by-strike.ts';
import type { Lane } from '../computing/lanes.ts';
import type { ChainReader } from '../reading/reader-as-of.ts';
import { type ProductPoints, productPoints } from './expiry-points.ts';
import type { Forecasts } from './forecasts.ts';
import { impliedVolatilities } from './implied-volatilities.ts';
import { rankedVolatility } from './rank.ts';
import { realisedWindows } from './realised-volatilities.ts';
import type { SessionHistory } from './sessions/session-history.ts';
import { expiresInSession, yearOf } from './sessions/sessions.ts';
import { venueIndex } from './venue-index.ts';
import { volatilityIndices } from './volatility-indices.ts';

/** What the figures of products are computed with, beside the chains. */
export interface ProductSources {
  readonly history: SessionHistory;
  readonly forecasts: Forecasts;
  /** How far a chain may be behind the newest of its product to be used. */
  readonly maxExpiryLagMs: number;
}

/** Sessions that the risk premium compares the implied volatility of 30 days with. */
const PREMIUM_SESSIONS = 20;

type Named = readonly [ProductFigureName, number | null, reason: string];

/**
 * Every figure of a product, from its chains as the reader sees them and the sessions before that of the newest one: the
 * same wherever and however often it is computed. Rejects with `unknown_product` or `no_data`.
 */
export async function productFigures(
  sources: ProductSources,
  reader: ChainReader,
  product: string,
  lane: Lane,
): Promise<ProductFigures> {
  const points = await productPoints(reader, product, sources.maxExpiryLagMs);
  const [closes, bars, indices, ofVenue] = await Promise.all([
    sources.history.closes(product, points.timestamp),
    sources.history.bars(product, points.timestamp),
    volatilityIndices(reader, points),
    venueIndex(reader, points, sources.maxExpiryLagMs),
  ]);
  const year = yearOf(product);
  const iv = impliedVolatilities(points.expiries);
  const ranked = rankedVolatility(
    iv.iv_30d,
    closes.map((session) => session.iv.iv_30d),
  );
  const windows = realisedWindows(bars, year);
  const exposures = totalExposures(points);

  const named: Named[] = [
    ['iv_nearest', iv.iv_nearest, 'no_iv'],
    ...IV_MATURITIES.map((days): Named => [`iv_${days}d`, iv[`iv_${days}d`], 'no_expiries_around']),
    ['term_slope', difference(iv.iv_60d, iv.iv_30d), 'no_expiries_around'],
    ...indices.map(
      ({ days, index, reason }): Named => [
        `volatility_index_${days}d`,
        index,
        reason ?? 'no_two_sided_quotes',
      ],
    ),
    ['venue_volatility_index', ofVenue.value, ofVenue.reason ?? 'venue_index_not_recorded'],
    ['iv_rank', ranked.rank, ranked.reason ?? 'no_variation'],
    ['iv_percentile', ranked.percentile, ranked.reason ?? 'too_few_sessions'],
    ['iv_observations', ranked.observations, 'not_recorded'],
    ...windows.flatMap((window) =>
      REALISED_KINDS.map(
        (kind): Named => [`rv_${kind}_${window.sessions}`, window[kind], 'too_few_sessions'],
      ),
    ),
    ...riskPremium(iv.iv_30d, windows),
    ...exposures.named,
    ...forecastFigures(await sources.forecasts.of(bars, year, lane)),
  ];
  const values = Object.fromEntries(named.map(([name, value]) => [name, value])) as ProductFigureValues;
  const nullReasons = Object.fromEntries(
    named.flatMap(([name, value, reason]) => (value === null ? [[name, reason]] : [])),
  );
  return {
    product,
    timestamp: points.timestamp,
    as_of: points.asOf,
    progress: points.progress,
    expiries: points.expiries.map(({ expiry }) => expiry),
    outdated_expiries: points.outdated,
    exposure_expiries: exposures.expiries,
    values,
    null_reasons: nullReasons,
  };
}

/** As REST shows it. */
export function productFiguresView(figures: ProductFigures): ProductFiguresView {
  const { product, timestamp, as_of, expiries, outdated_expiries, exposure_expiries, values, null_reasons } =
    figures;
  return {
    product,
    timestamp: isoTime(timestamp),
    as_of: isoTime(as_of),
    expiries: [...expiries],
    outdated_expiries: [...(outdated_expiries ?? [])],
    exposure_expiries: [...exposure_expiries],
    ...(Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name) => [name, values[name]])) as ProductFigureValues),
    null_reasons,
  };
}

const difference = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a - b;

/** Of the implied volatility of 30 days over the realised one of 20 sessions. */
export function riskPremium(iv30: number | null, windows: ReturnType<typeof realisedWindows>): Named[] {
  const realised = windows.find(({ sessions }) => sessions === PREMIUM_SESSIONS)?.close_to_close ?? null;
  const reason = iv30 === null ? 'no_iv' : 'too_few_sessions';
  const variance = iv30 === null || realised === null ? null : iv30 ** 2 - realised ** 2;
  return [
    ['variance_risk_premium', variance, reason],
    ['volatility_risk_premium', difference(iv30, realised), reason],
  ];
}

function totalExposures({ product, timestamp, expiries }: ProductPoints) {
  const counted = expiries.filter(({ figures }) => figures.gex_gross !== null);
  const sum = (of: typeof counted, name: `${(typeof EXPOSURE_NAMES)[ExposureKind]}_${'net' | 'gross'}`) =>
    of.reduce((total, { figures }) => total + (figures[name] ?? 0), 0);
  const none = counted.length === 0;
  const named = EXPOSURE_KINDS.flatMap((kind) =>
    (['net', 'gross'] as const).map((total): Named => {
      const name = `${EXPOSURE_NAMES[kind]}_${total}` as const;
      return [`total_${name}`, none ? null : sum(counted, name), 'no_exposures'];
    }),
  );
  const gross = sum(counted, 'gex_gross');
  const ofSession = counted.filter(({ expiryAt }) => expiresInSession(product, expiryAt, timestamp));
  const share: Named = [
    'zero_dte_share',
    gross > 0 ? sum(ofSession, 'gex_gross') / gross : null,
    'no_exposures',
  ];
  return { named: [...named, share], expiries: counted.map(({ expiry }) => expiry) };
}

function forecastFigures(found: Awaited<ReturnType<Forecasts['of']>>): Named[] {
  return VOLATILITY_MODELS.flatMap((model) =>
    VOLATILITY_HORIZONS.flatMap((horizon): Named[] => {
      const forecast = found.find((each) => each.model === model && each.horizon === horizon);
      const name = `forecast_${model}_${horizon}` as const;
      return [
        [name, forecast?.volatility ?? null, 'too_few_sessions'],
        [`${name}_qlike`, forecast?.qlike ?? null, 'too_few_sessions'],
        [`${name}_r2`, forecast?.r2 ?? null, forecast === undefined ? 'too_few_sessions' : 'no_variation'],
      ];
    }),
  );
}
