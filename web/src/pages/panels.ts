import { type LazyExoticComponent, lazy } from 'react';

/** A panel: it takes what it shows from `useMarketView`, so that it can stand on any page. */
export interface PanelEntry {
  readonly title: string;
  readonly component: LazyExoticComponent<() => React.ReactNode>;
  /**
   * Columns of twelve that it takes on a wide screen, of twenty-four on a very wide one, where a line of its text or the
   * way from a name to its button would be too long; or the whole row on either.
   */
  readonly span: 4 | 6 | 12 | 'row';
  /** Who may see it; everybody who may see the market without. */
  readonly needs?: Needs;
}

/** `login`: anybody's own; `admin`: of that role. The server decides; this spares requests that it would refuse. */
export type Needs = 'login' | 'admin';

const panel = (
  title: string,
  span: PanelEntry['span'],
  load: () => Promise<() => React.ReactNode>,
  needs?: Needs,
): PanelEntry => ({ title, span, needs, component: lazy(async () => ({ default: await load() })) });

/** Every panel, each a chunk of its own that loads when it is first shown. */
export const PANELS = {
  figures: panel('Figures of the chain', 'row', () =>
    import('../panels/chain/tiles.tsx').then((m) => m.FiguresPanel),
  ),
  chain: panel('Option chain', 'row', () =>
    import('../panels/chain/chain-panel.tsx').then((m) => m.ChainPanel),
  ),
  'oi-profile': panel('Open interest by strike', 12, () =>
    import('../panels/open-interest/oi-profile-panel.tsx').then((m) => m.OiProfilePanel),
  ),
  smile: panel('Smile', 12, () =>
    import('../panels/volatility/smile/smile-panel.tsx').then((m) => m.SmilePanel),
  ),
  exposure: panel('Exposure by strike', 12, () =>
    import('../panels/exposure/exposure-panel.tsx').then((m) => m.ExposurePanel),
  ),
  'exposure-profile': panel('Gamma exposure by level', 6, () =>
    import('../panels/exposure/exposure-profile-panel.tsx').then((m) => m.ExposureProfilePanel),
  ),
  'exposure-history': panel('Exposure over time', 6, () =>
    import('../panels/exposure/exposure-history-panel.tsx').then((m) => m.ExposureHistoryPanel),
  ),
  'oi-heat-map': panel('Open interest by strike and time', 12, () =>
    import('../panels/open-interest/oi-heat-map-panel.tsx').then((m) => m.OiHeatMapPanel),
  ),
  'pcr-history': panel('Put-call ratio and max pain over time', 6, () =>
    import('../panels/open-interest/pcr-history-panel.tsx').then((m) => m.PcrHistoryPanel),
  ),
  'pain-curve': panel('Pain by settlement', 6, () =>
    import('../panels/open-interest/pain-curve-panel.tsx').then((m) => m.PainCurvePanel),
  ),
  'strike-history': panel('Open interest of strikes over time', 12, () =>
    import('../panels/open-interest/strike-history-panel.tsx').then((m) => m.StrikeHistoryPanel),
  ),
  'by-expiry': panel('Figures by expiry', 'row', () =>
    import('../panels/product/by-expiry-panel.tsx').then((m) => m.ByExpiryPanel),
  ),
  'product-figures': panel('Figures of the product', 'row', () =>
    import('../panels/product/product-figures-panel.tsx').then((m) => m.ProductFiguresPanel),
  ),
  'term-structure': panel('Term structure', 6, () =>
    import('../panels/volatility/term-panel.tsx').then((m) => m.TermPanel),
  ),
  'iv-rank': panel('IV rank and percentile', 6, () =>
    import('../panels/volatility/rank-panel.tsx').then((m) => m.RankPanel),
  ),
  skew: panel('Skew by expiry', 6, () =>
    import('../panels/volatility/skew-panel.tsx').then((m) => m.SkewPanel),
  ),
  'skew-history': panel('Skew over time', 6, () =>
    import('../panels/volatility/skew-history-panel.tsx').then((m) => m.SkewHistoryPanel),
  ),
  'realised-volatility': panel('Realised and implied volatility', 6, () =>
    import('../panels/volatility/realised-panel.tsx').then((m) => m.RealisedPanel),
  ),
  'volatility-forecast': panel('Forecast of realised volatility', 6, () =>
    import('../panels/volatility/forecast-panel.tsx').then((m) => m.ForecastPanel),
  ),
  surface: panel('Volatility surface', 'row', () =>
    import('../panels/volatility/surface/surface-panel.tsx').then((m) => m.SurfacePanel),
  ),
  'price-chart': panel('Price', 'row', () =>
    import('../panels/charts/price-chart-panel.tsx').then((m) => m.PriceChartPanel),
  ),
  premium: panel('Premium over time', 12, () =>
    import('../panels/charts/premium/premium-panel.tsx').then((m) => m.PremiumPanel),
  ),
  'alert-rules': panel('Alert rules', 12, () =>
    import('../panels/alerts/rules/rules-panel.tsx').then((m) => m.AlertRulesPanel),
  ),
  'alert-firings': panel('Firings', 12, () =>
    import('../panels/alerts/fired/firings-panel.tsx').then((m) => m.AlertFiringsPanel),
  ),
  'alert-channels': panel('Channels', 12, () =>
    import('../panels/alerts/channels/channels-panel.tsx').then((m) => m.AlertChannelsPanel),
  ),
  'alert-deliveries': panel('Deliveries', 12, () =>
    import('../panels/alerts/fired/deliveries-panel.tsx').then((m) => m.AlertDeliveriesPanel),
  ),
  start: panel('Start', 'row', () => import('../panels/start/start-panel.tsx').then((m) => m.StartPanel)),
  preferences: panel('Preferences', 4, () =>
    import('../panels/account/preferences-panel.tsx').then((m) => m.PreferencesPanel),
  ),
  password: panel(
    'Password',
    4,
    () => import('../panels/account/password-panel.tsx').then((m) => m.PasswordPanel),
    'login',
  ),
  'second-factor': panel(
    'Second factor',
    4,
    () => import('../panels/account/second-factor-panel.tsx').then((m) => m.SecondFactorPanel),
    'login',
  ),
  sessions: panel(
    'Sessions',
    12,
    () => import('../panels/account/sessions-panel.tsx').then((m) => m.SessionsPanel),
    'login',
  ),
  'api-keys': panel(
    'API keys',
    12,
    () => import('../panels/account/api-keys-panel.tsx').then((m) => m.ApiKeysPanel),
    'login',
  ),
  services: panel('Services', 12, () =>
    import('../panels/admin/services-panel.tsx').then((m) => m.ServicesPanel),
  ),
  workers: panel(
    'Workers',
    6,
    () => import('../panels/admin/workers-panel.tsx').then((m) => m.WorkersPanel),
    'admin',
  ),
  streams: panel(
    'Streams',
    12,
    () => import('../panels/admin/streams-panel.tsx').then((m) => m.StreamsPanel),
    'admin',
  ),
  sockets: panel(
    'Sockets',
    6,
    () => import('../panels/admin/sockets-panel.tsx').then((m) => m.SocketsPanel),
    'admin',
  ),
  users: panel(
    'Users',
    12,
    () => import('../panels/admin/users/users-panel.tsx').then((m) => m.UsersPanel),
    'admin',
  ),
  'dead-letters': panel(
    'Dead letters',
    12,
    () => import('../panels/admin/dead-letters-panel.tsx').then((m) => m.DeadLettersPanel),
    'admin',
  ),
  imports: panel(
    'Imports',
    12,
    () => import('../panels/admin/imports-panel.tsx').then((m) => m.ImportsPanel),
    'admin',
  ),
  exports: panel(
    'Exports',
    12,
    () => import('../panels/admin/exports-panel.tsx').then((m) => m.ExportsPanel),
    'admin',
  ),
  recomputes: panel(
    'Recomputations',
    12,
    () => import('../panels/admin/recomputes-panel.tsx').then((m) => m.RecomputesPanel),
    'admin',
  ),
  audit: panel(
    'Security events',
    'row',
    () => import('../panels/admin/audit/audit-panel.tsx').then((m) => m.AuditPanel),
    'admin',
  ),
  'log-search': panel(
    'Log search',
    12,
    () => import('../panels/logs/search/log-search-panel.tsx').then((m) => m.LogSearchPanel),
    'admin',
  ),
  'log-histogram': panel(
    'Lines by time',
    12,
    () => import('../panels/logs/histogram/log-histogram-panel.tsx').then((m) => m.LogHistogramPanel),
    'admin',
  ),
  'log-lines': panel(
    'Log lines',
    'row',
    () => import('../panels/logs/lines/log-lines-panel.tsx').then((m) => m.LogLinesPanel),
    'admin',
  ),
  'log-counts': panel(
    'Lines by name',
    'row',
    () => import('../panels/logs/counts/log-counts-panel.tsx').then((m) => m.LogCountsPanel),
    'admin',
  ),
} as const satisfies Record<string, PanelEntry>;

export type PanelName = keyof typeof PANELS;
