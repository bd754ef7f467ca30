import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { figureTable } from './figure-table.ts';
import { PRODUCT_FIGURES, PRODUCT_FIGURES_BY_ID, type ProductFigure } from './product-figures.ts';

const FIGURES: readonly (readonly [string, ProductFigure])[] = Object.entries(PRODUCT_FIGURES);

/** By id, at the ends of each family. They are on the wire and in stores, so that none may ever change. */
const RELEASED: readonly (readonly [number, string])[] = [
  [0, 'iv_nearest'],
  [1, 'iv_7d'],
  [6, 'iv_180d'],
  [7, 'term_slope'],
  [8, 'volatility_index_30d'],
  [9, 'volatility_index_9d'],
  [10, 'iv_rank'],
  [11, 'iv_percentile'],
  [12, 'iv_observations'],
  [13, 'rv_close_to_close_5'],
  [16, 'rv_close_to_close_60'],
  [17, 'rv_parkinson_5'],
  [21, 'rv_garman_klass_5'],
  [25, 'rv_rogers_satchell_5'],
  [29, 'rv_yang_zhang_5'],
  [33, 'rv_intraday_5'],
  [36, 'rv_intraday_60'],
  [37, 'variance_risk_premium'],
  [38, 'volatility_risk_premium'],
  [39, 'total_gex_net'],
  [40, 'total_gex_gross'],
  [41, 'total_dex_net'],
  [43, 'total_vex_net'],
  [45, 'total_vanna_exposure_net'],
  [48, 'total_charm_exposure_gross'],
  [49, 'zero_dte_share'],
  [50, 'forecast_har_1'],
  [51, 'forecast_har_1_qlike'],
  [52, 'forecast_har_1_r2'],
  [53, 'forecast_har_5'],
  [59, 'forecast_ewma_1'],
  [68, 'forecast_garch_1'],
  [76, 'forecast_garch_22_r2'],
  [77, 'venue_volatility_index'],
];

describe('the figures of a product', () => {
  it('keep the ids that they were released with, without a gap', () => {
    expect(RELEASED.map(([id]) => [id, PRODUCT_FIGURES_BY_ID[id]])).toEqual(RELEASED);
    expect(PRODUCT_FIGURES_BY_ID.map((name) => PRODUCT_FIGURES[name].id)).toEqual(FIGURES.map((_, id) => id));
  });

  it.each(FIGURES)('%s says everything about itself', (name, figure) => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    for (const text of [figure.title, figure.unit, figure.description, figure.source, figure.nullWhen]) {
      expect(text.trim().length).toBeGreaterThan(0);
    }
  });

  it('are documented as they are declared', () => {
    const text = readFileSync(new URL('../../../../docs/figures.md', import.meta.url), 'utf8');
    expect(text).toContain(figureTable(PRODUCT_FIGURES));
  });
});
