import type { Client } from '@deltastream/client';
import { useQuery } from '@tanstack/react-query';
import { OF_MARKET } from '../market/figures/of-market.ts';
import { useMarketView, useShownChain } from '../market/view/market-view.tsx';
import { usePlatform } from '../platform/platform.tsx';
import { addDays, dateAt, startOfDate } from './exchange-day.ts';

/** Stored snapshots of a chain within one day of its exchange. */
export interface DaySnapshots {
  readonly date: string;
  /** ISO-8601; null when the day has none. */
  readonly first: string | null;
  readonly last: string | null;
}

interface Chain {
  readonly product: string;
  readonly expiry: string;
}

const REFRESH_MS = 15_000; // The end of the day that is live moves on; the slider shows minutes.
const ONE_FIGURE = 'pcr_oi'; // Only the instants are asked for.

async function snapshot(
  client: Client,
  chain: Chain,
  range: { from?: string; to?: string },
  order: 'asc' | 'desc',
  signal?: AbortSignal,
): Promise<string | null> {
  const request = { ...chain, ...range, order, limit: 1, fields: `timestamp,${ONE_FIGURE}` };
  const page = await client.listChains(request, { signal });
  const [found] = page.chains ?? [];
  return found?.timestamp ?? null;
}

/** First and last snapshot of the day that is shown: that of the instant, live the newest one with data. */
export function useDaySnapshots(): DaySnapshots | null {
  const { client } = usePlatform();
  const { product, expiries, storedAt } = useMarketView();
  const chain = useShownChain();
  const zone = product?.time_zone ?? 'UTC';
  const shown = expiries.find(({ expiry }) => expiry === chain?.expiry);
  const instant = storedAt ?? shown?.last_timestamp ?? null;
  const date = instant === null ? null : dateAt(instant, zone);
  const { data } = useQuery<DaySnapshots>({
    queryKey: ['daySnapshots', chain, date],
    meta: OF_MARKET,
    enabled: chain !== null && date !== null,
    refetchInterval: REFRESH_MS,
    placeholderData: (before) => before,
    queryFn: async ({ signal }) => {
      const day = date as string;
      const range = { from: startOfDate(day, zone), to: startOfDate(addDays(day, 1), zone) };
      const [first, last] = await Promise.all([
        snapshot(client, chain as Chain, range, 'asc', signal),
        snapshot(client, chain as Chain, range, 'desc', signal),
      ]);
      return { date: day, first, last };
    },
  });
  return data ?? null;
}

/**
 * The last snapshot of a session before that of the instant shown, ISO-8601; null where none is stored, undefined until
 * that is known.
 */
export function usePreviousClose(): string | null | undefined {
  const { client } = usePlatform();
  const { product } = useMarketView();
  const chain = useShownChain();
  const day = useDaySnapshots();
  const date = day?.date ?? null;
  const { data } = useQuery<string | null>({
    queryKey: ['previousClose', chain, date],
    enabled: chain !== null && date !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => {
      const to = startOfDate(date as string, product?.time_zone ?? 'UTC');
      return snapshot(client, chain as Chain, { to }, 'desc', signal);
    },
  });
  return data;
}

const MS = 1; // The resolution of instants: the next one is another snapshot.
const moved = (iso: string, ms: number): string => new Date(Date.parse(iso) + ms).toISOString();

/** The snapshot right after (or before) an instant; null when there is none. */
export function useStep(): (from: string, direction: 1 | -1) => Promise<string | null> {
  const { client } = usePlatform();
  const chain = useShownChain();
  return async (from, direction) => {
    if (chain === null) return null;
    return direction === 1
      ? snapshot(client, chain, { from: moved(from, MS) }, 'asc')
      : snapshot(client, chain, { to: moved(from, -MS) }, 'desc');
  };
}
