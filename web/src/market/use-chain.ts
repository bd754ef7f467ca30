import type { ChainView } from '@deltastream/client';
import { useMarketView, useShownChain } from './market-view.tsx';
import { useMarketQuery } from './use-market-query.ts';
import { useRoom } from './use-room.ts';

const REFRESH_STORED_MS = 60_000; // What is live comes by the socket.

export interface ShownChain {
  readonly chain: ChainView | null;
  /** It came by the socket just now; otherwise it is stored data. */
  readonly live: boolean;
  readonly error: Error | null;
}

/** The chain that is shown: live by the socket, the stored one until it comes; or as of the instant. */
export function useChain(): ShownChain {
  const { at } = useMarketView();
  const shown = useShownChain();
  const live = useRoom(
    at === null && shown
      ? ({ type: 'chain', symbol: shown.product, expiry: shown.expiry, mode: 'delta' } as const)
      : null,
  );
  const stored = useMarketQuery('getChain', live ? null : shown, { refreshMs: REFRESH_STORED_MS });
  return { chain: live ?? stored.data ?? null, live: live !== null, error: live ? null : stored.error };
}
