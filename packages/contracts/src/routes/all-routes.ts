import * as account from './account.ts';
import * as admin from './admin.ts';
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
import * as apiKeys from './api-keys.ts';
import * as auth from './auth.ts';
import * as data from './data.ts';
import * as externalLogin from './external-login.ts';
import * as logs from './logs.ts';
import * as operations from './operations.ts';
import * as reconciliation from './reconciliation.ts';
import type { Route } from './route.ts';
import * as secondFactor from './second-factor.ts';
import * as sockets from './sockets.ts';
import * as transfers from './transfers.ts';
import * as workers from './workers.ts';

/** Every REST route, for code that treats them all alike. */
export const ROUTES: readonly Route[] = [
  account,
  admin,
  apiKeys,
  auth,
  bars,
  comparison,
  data,
  exposures,
  externalLogin,
  history,
  logs,
  oiSeries,
  openInterest,
  operations,
  productFigures,
  premium,
  reconciliation,
  secondFactor,
  sockets,
  surface,
  transfers,
  volatility,
  workers,
]
  .flatMap((module): unknown[] => Object.values(module))
  .filter(isRoute);

function isRoute(value: unknown): value is Route {
  return typeof value === 'object' && value !== null && 'method' in value && 'access' in value;
}
