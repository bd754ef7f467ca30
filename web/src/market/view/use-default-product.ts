import type { Client } from '@deltastream/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { usePlatform } from '../../platform/platform.tsx';
import { recentProducts } from './recent-products.ts';

/** At most so many products are asked how active they are. */
const MOST_ASKED = 50;

interface Activity {
  readonly product: string;
  /** Contracts; null where neither is given. */
  readonly openInterest: number | null;
  readonly volume: number | null;
}

/** The product with the most open interest, by volume where none is given, else the first. */
export function mostActive(activities: readonly Activity[]): string | null {
  const [first] = activities.toSorted(
    (a, b) => (b.openInterest ?? -1) - (a.openInterest ?? -1) || (b.volume ?? -1) - (a.volume ?? -1),
  );
  return first?.product ?? null;
}

const sum = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0);

async function activityOf(client: Client, product: string, signal: AbortSignal): Promise<Activity> {
  try {
    const total = await client.getFiguresByExpiry({ product, figures: 'total_call_oi' }, { signal });
    return {
      product,
      openInterest: sum(total.total_call_oi, total.total_put_oi),
      volume: sum(total.total_call_volume, total.total_put_volume),
    };
  } catch {
    // A product without a chain is not an active one.
    return { product, openInterest: null, volume: null };
  }
}

/**
 * The product to show when the address names none of `products`: the one chosen last in this browser, else the most
 * active. That is found once, when all are known (`needed`), so that a page does not change what it shows by itself.
 * Null while it is being found.
 */
export function useDefaultProduct(products: readonly string[], needed: boolean): string | null {
  const { client } = usePlatform();
  const [recent] = useState(recentProducts);
  // The only one is the most active, and need not be asked, whether or not it has a chain yet.
  const [only] = products.length === 1 ? products : [];
  const settled = recent.find((each) => products.includes(each)) ?? only ?? null;
  const { data } = useQuery({
    queryKey: ['mostActive'],
    enabled: needed && settled === null && products.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) =>
      mostActive(
        await Promise.all(
          products.slice(0, MOST_ASKED).map((product) => activityOf(client, product, signal)),
        ),
      ),
  });
  return settled ?? data ?? null;
}
