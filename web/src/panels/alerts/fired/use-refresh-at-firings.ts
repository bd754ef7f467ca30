import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { OwnAlert } from './follow-own-alerts.ts';

/** A rule for each product may fire for many at once: they are asked for together. */
const GATHER_MS = 250;

/** When something fired, what is shown of firings is asked for again, and of how rules and deliveries stand then. */
export function useRefreshAtFirings(fired: readonly OwnAlert[]): void {
  const queries = useQueryClient();
  const latest = fired.at(-1)?.id;
  useEffect(() => {
    if (latest === undefined) return;
    const timer = setTimeout(() => {
      for (const name of ['listAlertFirings', 'listAlertRules', 'listAlertDeliveries']) {
        void queries.invalidateQueries({ queryKey: [name] });
      }
    }, GATHER_MS);
    return () => clearTimeout(timer);
  }, [latest, queries]);
}
