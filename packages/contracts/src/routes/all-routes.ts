import * as account from './accounts/account.ts';
import * as apiKeys from './accounts/api-keys.ts';
import * as audit from './accounts/audit.ts';
import * as auth from './accounts/auth.ts';
import * as documents from './accounts/documents.ts';
import * as externalLogin from './accounts/external-login.ts';
import * as secondFactor from './accounts/second-factor.ts';
import * as users from './accounts/users.ts';
import * as alertChannels from './alerts/channels.ts';
import * as alertConditions from './alerts/conditions.ts';
import * as alertFirings from './alerts/firings.ts';
import * as alertRules from './alerts/rules.ts';
import * as bars from './analytics/bars.ts';
import * as comparison from './analytics/comparison.ts';
import * as exposures from './analytics/exposures.ts';
import * as history from './analytics/history.ts';
import * as oiSeries from './analytics/oi-series.ts';
import * as openInterest from './analytics/open-interest.ts';
import * as premium from './analytics/premium.ts';
import * as productFigures from './analytics/product-figures.ts';
import * as surface from './analytics/surface.ts';
import * as volatility from './analytics/volatility.ts';
import * as data from './data.ts';
import * as ingest from './ingest.ts';
import * as instruments from './instruments.ts';
import * as admin from './operations/admin.ts';
import * as imports from './operations/imports.ts';
import * as logAlerts from './operations/log-alerts.ts';
import * as logIngest from './operations/log-ingest.ts';
import * as logLevels from './operations/log-levels.ts';
import * as logs from './operations/logs.ts';
import * as loki from './operations/loki.ts';
import * as operations from './operations/operations.ts';
import * as recompute from './operations/recompute.ts';
import * as reconciliation from './operations/reconciliation.ts';
import * as replay from './operations/replay.ts';
import * as storedData from './operations/stored-data.ts';
import * as streams from './operations/streams.ts';
import * as transfers from './operations/transfers.ts';
import * as workers from './operations/workers.ts';
import type { Route } from './route.ts';
import * as sockets from './sockets.ts';

/** Every REST route, for code that treats them all alike. */
export const ROUTES: readonly Route[] = [
  account,
  admin,
  alertChannels,
  alertConditions,
  alertFirings,
  alertRules,
  apiKeys,
  audit,
  auth,
  bars,
  comparison,
  data,
  documents,
  exposures,
  externalLogin,
  history,
  imports,
  ingest,
  instruments,
  logAlerts,
  logLevels,
  logIngest,
  logs,
  loki,
  oiSeries,
  openInterest,
  operations,
  productFigures,
  premium,
  recompute,
  reconciliation,
  replay,
  secondFactor,
  sockets,
  storedData,
  streams,
  surface,
  transfers,
  users,
  volatility,
  workers,
]
  .flatMap((module): unknown[] => Object.values(module))
  .filter(isRoute);

function isRoute(value: unknown): value is Route {
  return typeof value === 'object' && value !== null && 'method' in value && 'access' in value;
}
