/** Workspaces that everybody has until they save one of that name. */
export const SHIPPED: Readonly<Record<string, string>> = {
  'Intraday index':
    '1.R2.58.C2.56.price-chart.44.oi-profile_strike-history.42.C3.32.figures_product-figures.34.pcr-history_pain-curve.34.exposure-profile_exposure-history',
  Volatility:
    '1.R2.55.C2.58.smile_surface.42.term-structure_skew.45.C2.52.realised-volatility_volatility-forecast_iv-rank.48.skew-history',
  'Open interest':
    '1.R2.60.C2.50.oi-profile.50.oi-heat-map_strike-history.40.C2.50.pcr-history.50.pain-curve_by-expiry',
  Exposure: '1.C2.54.R2.62.exposure.38.exposure-profile.46.R2.50.exposure-history.50.oi-profile',
};

export const DEFAULT_NAME = 'Intraday index';

/** The layout shipped under a name; null where there is none. */
export const shippedLayout = (name: string): string | null =>
  Object.hasOwn(SHIPPED, name) ? SHIPPED[name] : null;
