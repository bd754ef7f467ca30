import type { ReplayState } from '@deltastream/client';
import { useState } from 'react';
import { replayOf, underWay } from '../../market/status/replay-text.ts';
import { useMarketStatus } from '../../market/status/use-market-status.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { useSession } from '../../platform/platform.tsx';

/** The replay that the server shows of the product that is shown; null where that is live. */
export function useShownReplay(): ReplayState | null {
  const { product } = useMarketView();
  return replayOf(useMarketStatus(), product?.product ?? null);
}

/** Whether the reader may control the replay; the server decides for itself. */
export const useControlsReplay = (): boolean => useSession()?.user.role === 'admin';

/** A replay that failed while this page was open; null else: one that failed before is no news. */
export function useFailedReplay(): ReplayState | null {
  const told = useMarketStatus()?.replay ?? null;
  const [seen, setSeen] = useState<string | null>(null);
  const replay = underWay(told);
  if (replay !== null && replay.id !== seen) setSeen(replay.id);
  return told?.state === 'failed' && told.id === seen ? told : null;
}
