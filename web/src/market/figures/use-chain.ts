import type { ChainView } from '@deltastream/client';
import { staleText } from '../../panel/query/use-panel-query.ts';
import { isOfShown } from '../status/replay-text.ts';
import { useConnectionState, useMarketStatus } from '../status/use-market-status.ts';
import { useMarketView, useShownChain } from '../view/market-view.tsx';
import { useMarketQuery } from './use-market-query.ts';
import { useRoom } from './use-room.ts';

const REFRESH_STORED_MS = 60_000; // What is live comes by the socket.

export interface ShownChain {
  readonly chain: ChainView | null;
  /** It came by the socket just now; otherwise it is stored data. */
  readonly live: boolean;
  readonly error: Error | null;
  /** What is said of a chain that is not the one that was asked for, such as of another instant while this one loads. */
  readonly stale: string | null;
}

/**
 * The chain that is shown: live by the socket, the stored one until it comes and while the connection is away; or as
 * of the instant.
 */
export function useChain(): ShownChain {
  const { at } = useMarketView();
  const shown = useShownChain();
  const connected = useConnectionState() === 'connected';
  const status = useMarketStatus();
  const room = useRoom(
    at === null && shown
      ? ({ type: 'chain', symbol: shown.product, expiry: shown.expiry, mode: 'delta' } as const)
      : null,
  );
  const isOther = room.update !== null && !isOfShown(room.update.epoch, status, room.update.product);
  const followed = isOther ? null : room.update;
  const live = connected && room.current ? followed : null;
  const stored = useMarketQuery('getChain', live ? null : shown, { refreshMs: REFRESH_STORED_MS });
  // Of another product or expiry while that of this one loads.
  const own =
    stored.data?.product === shown?.product && stored.data?.expiry === shown?.expiry
      ? (stored.data ?? null)
      : null;
  return shownChain(live, followed, { ...stored, data: own }, connected ? 'loading' : 'not refreshed');
}

interface Stored<C> {
  readonly data: C | null;
  /** It is the response to the request before, while that to this one loads. */
  readonly isPlaceholderData: boolean;
  readonly error: Error | null;
}

/** Of what comes live, what the socket brought last, and what is stored. */
export function shownChain<C extends Pick<ChainView, 'timestamp'>>(
  live: C | null,
  followed: C | null,
  { data, isPlaceholderData, error }: Stored<C>,
  /** What is said of what the socket brought last while it is not known to be the newest. */
  ofLast: string,
) {
  if (live !== null) return { chain: live, live: true, error: null, stale: null };
  const chain = newerOf(followed, data);
  // What the socket brought last is what was known then: while its server is away, or until it says so again.
  if (chain !== null && chain === followed) return { chain, live: false, error, stale: ofLast };
  return { chain, live: false, error, stale: staleText(chain !== null, isPlaceholderData, error) };
}

/** Of what the socket brought last and what is stored. */
export function newerOf<C extends Pick<ChainView, 'timestamp'>>(a: C | null, b: C | null): C | null {
  if (a === null || b === null) return a ?? b;
  return Date.parse(b.timestamp) > Date.parse(a.timestamp) ? b : a;
}
