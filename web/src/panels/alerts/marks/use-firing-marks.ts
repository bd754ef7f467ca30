import { useMemo } from 'react';
import type { TimeMark } from '../../../charts/time-marks.ts';
import { useMarketView } from '../../../market/view/market-view.tsx';
import { REFRESH_HISTORY_MS } from '../../../panel/query/use-history.tsx';
import { useServerQuery } from '../../../platform/use-server-query.ts';
import { useOwnAlerts } from '../fired/use-own-alerts.ts';
import { askedUntil, marksOf } from './firing-marks.ts';

/** The newest of a product: more than a chart has points to mark, and one request. */
const MOST = 500;
const NONE: readonly TimeMark[] = [];

/**
 * What the rules of the reader fired for the product that is shown, up to the instant that is shown, to be marked on a
 * chart; with an expiry only what is of that, too. None where the server has no alerts for who reads.
 */
export function useFiringMarks(expiry: string | null = null): readonly TimeMark[] {
  const { product: shown, storedAt } = useMarketView();
  const product = shown?.product ?? null;
  // The room refuses who has no alerts: nothing is asked then. The notices refresh the list when something fires.
  const { isFollowed } = useOwnAlerts('me');
  const to = askedUntil(storedAt);
  const { data } = useServerQuery(
    'listAlertFirings',
    isFollowed && product !== null ? { product, limit: MOST, ...(to && { to }) } : null,
    { refreshMs: REFRESH_HISTORY_MS, keepsPrevious: true },
  );
  return useMemo(
    () => (data && product !== null ? marksOf(data.firings, { product, expiry, storedAt }) : NONE),
    [data, product, expiry, storedAt],
  );
}
