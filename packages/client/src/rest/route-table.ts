import type * as contracts from '@deltastream/contracts';
import type { Static, TSchema } from 'typebox';

type Contracts = typeof contracts;

/** Every REST route of the contracts, by its name. */
export type Routes = {
  [K in keyof Contracts as Contracts[K] extends contracts.Route ? K : never]: Contracts[K];
};
export type RouteName = keyof Routes;

/**
 * What a request needs at run time, so that a browser does not load schemas and codecs. The contracts
 * remain the source: a route that is missing, or differs in method or path, does not compile.
 */
export const ROUTE_TABLE: {
  readonly [K in RouteName]: readonly [Routes[K]['method'], Routes[K]['url']];
} = {
  listProducts: ['GET', '/api/data/products'],
  getProduct: ['GET', '/api/data/:product'],
  listTicks: ['GET', '/api/data/underlying/:product'],
  listExpiries: ['GET', '/api/data/expiries/:product'],
  getChain: ['GET', '/api/data/chain/:product'],
  listChains: ['GET', '/api/data/chains/:product'],
  getContract: ['GET', '/api/data/contracts/:id'],
  listContractQuotes: ['GET', '/api/data/contracts/:id/quotes'],
  listListedProducts: ['GET', '/api/instruments'],
  listInstruments: ['GET', '/api/instruments/:product'],
  getMobileChain: ['GET', '/api/mobile/chain/:product'],
  ingestTicks: ['POST', '/api/ingest/ticks'],
  ingestQuotes: ['POST', '/api/ingest/quotes'],
  ingestChains: ['POST', '/api/ingest/chains'],
  getPcr: ['GET', '/api/analytics/pcr/:product'],
  getMaxPain: ['GET', '/api/analytics/max-pain/:product'],
  getExposure: ['GET', '/api/analytics/exposure/:product'],
  getExposureProfile: ['GET', '/api/analytics/exposure-profile/:product'],
  getOiBuildup: ['GET', '/api/analytics/oi-buildup/:product'],
  getVolatilitySurface: ['GET', '/api/analytics/volatility-surface/:product'],
  getSurfaceFit: ['GET', '/api/analytics/surface-fit/:product'],
  getSurface: ['GET', '/api/analytics/surface/:product'],
  getSmile: ['GET', '/api/analytics/smile/:product'],
  getSkew: ['GET', '/api/analytics/skew/:product'],
  getTermStructure: ['GET', '/api/analytics/term-structure/:product'],
  getProductFigures: ['GET', '/api/analytics/product-figures/:product'],
  listProductFigures: ['GET', '/api/analytics/product-figures/:product/history'],
  getRank: ['GET', '/api/analytics/rank/:product'],
  getVolatilityIndex: ['GET', '/api/analytics/volatility-index/:product'],
  getRealisedVolatility: ['GET', '/api/analytics/realised-volatility/:product'],
  getForecast: ['GET', '/api/analytics/forecast/:product'],
  getOhlc: ['GET', '/api/analytics/ohlc/:product'],
  getOiProfile: ['GET', '/api/analytics/oi-profile/:product'],
  getOiChange: ['GET', '/api/analytics/oi-change/:product'],
  getOiHeatmap: ['GET', '/api/analytics/oi-heatmap/:product'],
  getOiByStrike: ['GET', '/api/analytics/oi-by-strike/:product'],
  getPremium: ['GET', '/api/analytics/premium/:product'],
  getComparison: ['GET', '/api/analytics/compare/:product'],
  getContractDay: ['GET', '/api/analytics/contract/:id'],
  getHistory: ['GET', '/api/analytics/history/:product'],
  getFiguresByExpiry: ['GET', '/api/analytics/by-expiry/:product'],
  register: ['POST', '/api/auth/register'],
  login: ['POST', '/api/auth/login'],
  refresh: ['POST', '/api/auth/refresh'],
  logout: ['POST', '/api/auth/logout'],
  verify: ['POST', '/api/auth/verify'],
  getKeys: ['GET', '/api/auth/.well-known/jwks.json'],
  getMe: ['GET', '/api/auth/me'],
  changePassword: ['POST', '/api/auth/password'],
  listSessions: ['GET', '/api/auth/sessions'],
  revokeSession: ['POST', '/api/auth/sessions/revoke'],
  logoutEverywhere: ['POST', '/api/auth/logout-everywhere'],
  deleteAccount: ['POST', '/api/auth/account/delete'],
  beginSecondFactor: ['POST', '/api/auth/second-factor/begin'],
  confirmSecondFactor: ['POST', '/api/auth/second-factor/confirm'],
  removeSecondFactor: ['POST', '/api/auth/second-factor/remove'],
  createApiKey: ['POST', '/api/auth/keys'],
  listApiKeys: ['GET', '/api/auth/keys'],
  revokeApiKey: ['POST', '/api/auth/keys/revoke'],
  exchangeApiKey: ['POST', '/api/auth/token'],
  getPreferences: ['GET', '/api/auth/preferences'],
  putPreferences: ['PUT', '/api/auth/preferences'],
  listLayouts: ['GET', '/api/auth/layouts'],
  getLayout: ['GET', '/api/auth/layouts/:name'],
  putLayout: ['PUT', '/api/auth/layouts/:name'],
  deleteLayout: ['DELETE', '/api/auth/layouts/:name'],
  listLoginProviders: ['GET', '/api/auth/providers'],
  beginExternalLogin: ['POST', '/api/auth/providers/begin'],
  completeExternalLogin: ['POST', '/api/auth/providers/complete'],
  linkExternalLogin: ['POST', '/api/auth/providers/link'],
  listAuditEvents: ['GET', '/api/admin/audit'],
  getAuditVerification: ['GET', '/api/admin/audit/verify'],
  listUsers: ['GET', '/api/admin/users'],
  changeRole: ['POST', '/api/admin/users/:user_id/role'],
  disableUser: ['POST', '/api/admin/users/:user_id/disable'],
  enableUser: ['POST', '/api/admin/users/:user_id/enable'],
  endSessions: ['POST', '/api/admin/users/:user_id/end-sessions'],
  listLogs: ['GET', '/api/logs'],
  tailLogs: ['GET', '/api/logs/tail'],
  countLogs: ['GET', '/api/logs/counts'],
  getLogHistogram: ['GET', '/api/logs/histogram'],
  getTrace: ['GET', '/api/logs/traces/:id'],
  listLogAlerts: ['GET', '/api/logs/alerts'],
  createLogAlert: ['POST', '/api/logs/alerts'],
  getLogAlert: ['GET', '/api/logs/alerts/:id'],
  putLogAlert: ['PUT', '/api/logs/alerts/:id'],
  deleteLogAlert: ['DELETE', '/api/logs/alerts/:id'],
  sendLogs: ['POST', '/api/logs'],
  sendOtlpLogs: ['POST', '/api/logs/otlp/v1/logs'],
  sendOtlpTraces: ['POST', '/api/logs/otlp/v1/traces'],
  pushLokiLogs: ['POST', '/api/logs/loki/api/v1/push'],
  lokiQuery: ['GET', '/api/logs/loki/api/v1/query'],
  lokiQueryRange: ['GET', '/api/logs/loki/api/v1/query_range'],
  lokiLabels: ['GET', '/api/logs/loki/api/v1/labels'],
  lokiLabelValues: ['GET', '/api/logs/loki/api/v1/label/:name/values'],
  lokiSeries: ['GET', '/api/logs/loki/api/v1/series'],
  lokiIndexStats: ['GET', '/api/logs/loki/api/v1/index/stats'],
  lokiDetectedFields: ['GET', '/api/logs/loki/api/v1/detected_fields'],
  lokiDetectedFieldValues: ['GET', '/api/logs/loki/api/v1/detected_field/:name/values'],
  lokiBuildInfo: ['GET', '/api/logs/loki/api/v1/status/buildinfo'],
  lokiReady: ['GET', '/api/logs/ready'],
  listReconciliations: ['GET', '/api/admin/reconciliation'],
  getStoredData: ['GET', '/api/admin/stored-data'],
  listDeadLetters: ['GET', '/api/admin/dlq'],
  getDeadLetter: ['GET', '/api/admin/dlq/:id'],
  replayDeadLetter: ['POST', '/api/admin/dlq/:id/replay'],
  discardDeadLetter: ['POST', '/api/admin/dlq/:id/discard'],
  listStreams: ['GET', '/api/admin/streams'],
  getReplay: ['GET', '/api/replay'],
  startReplay: ['POST', '/api/replay'],
  controlReplay: ['POST', '/api/replay/control'],
  listWorkers: ['GET', '/api/admin/workers'],
  scaleWorkers: ['POST', '/api/admin/workers/scale'],
  setLogLevel: ['POST', '/api/admin/log-levels'],
  createImport: ['POST', '/api/admin/imports'],
  listImports: ['GET', '/api/admin/imports'],
  getImport: ['GET', '/api/admin/imports/:id'],
  uploadRecording: ['POST', '/api/admin/imports/uploads'],
  cancelImport: ['POST', '/api/admin/imports/:id/cancel'],
  downloadRejects: ['GET', '/api/admin/imports/:id/rejects'],
  createRecompute: ['POST', '/api/admin/recomputes'],
  listRecomputes: ['GET', '/api/admin/recomputes'],
  getRecompute: ['GET', '/api/admin/recomputes/:id'],
  createExport: ['POST', '/api/admin/exports'],
  listExports: ['GET', '/api/admin/exports'],
  getExport: ['GET', '/api/admin/exports/:id'],
  cancelExport: ['POST', '/api/admin/exports/:id/cancel'],
  streamExport: ['GET', '/api/admin/exports/stream'],
  downloadExport: ['GET', '/api/admin/exports/files/:file'],
  getStatus: ['GET', '/api/status'],
  viewSockets: ['GET', '/api/admin/sockets'],
  getAsyncApi: ['GET', '/api/asyncapi.json'],
};

type Part<R, Name extends string> = R extends { schema: { [N in Name]: infer S extends TSchema } }
  ? Static<S>
  : unknown;

/** Path parameters, query and body of a route in one object; their names never collide. */
export type RequestOf<R> = Part<R, 'params'> & Part<R, 'querystring'> & Part<R, 'body'>;

type ResponsesOf<R> = R extends { schema: { response: infer Responses } } ? Responses : never;

/** What a route returns on success. */
export type ResponseOf<R> =
  ResponsesOf<R> extends { 201: infer S extends TSchema }
    ? Static<S>
    : ResponsesOf<R> extends { 200: infer S extends TSchema }
      ? Static<S>
      : never;
