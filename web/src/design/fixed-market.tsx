import {
  createClient,
  type MarketStatus,
  type ReplayState,
  type SocketConnection,
} from '@deltastream/client';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { KeysProvider } from '../keys/keys.tsx';
import { MarketStatusContext } from '../market/status/use-market-status.ts';
import {
  type Expiry,
  type MarketView,
  MarketViewContext,
  type Product,
} from '../market/view/market-view.tsx';
import { type Platform, PlatformContext, ServerContext } from '../platform/platform.tsx';
import type { LoggedIn } from '../session/session-store.ts';

/** Far from now, so that every time is told with its date. */
export const AT = '2026-08-19T07:30:00.000Z';
const OPEN = '2026-08-19T03:45:00.000Z';
const CLOSE = '2026-08-19T10:00:00.000Z';

const NIFTY: Product = {
  product: 'NIFTY',
  name: 'Nifty 50',
  exchange: 'NSE',
  time_zone: 'Asia/Kolkata',
  currency: 'INR',
  price: 24_612.35,
  timestamp: CLOSE,
};

const expiry = (date: string): Expiry => ({
  expiry: date,
  expiry_at: `${date}T10:00:00.000Z`,
  first_timestamp: OPEN,
  last_timestamp: CLOSE,
});

export const EXPIRIES: readonly Expiry[] = ['2026-08-25', '2026-09-01', '2026-09-29'].map(expiry);

export const ADMINISTRATOR: LoggedIn = {
  ...{ token: '', refresh_token: '' },
  user: { id: 'u1', email: 'admin@example.com', name: 'Administrator', role: 'admin' },
};

const VIEW: MarketView = {
  products: [NIFTY],
  loading: false,
  product: NIFTY,
  expiries: EXPIRIES,
  stored: EXPIRIES,
  expiry: EXPIRIES[0].expiry,
  missing: null,
  at: null,
  storedAt: null,
  failed: false,
  pin: null,
};

/** Responds to what the time bar asks: the first and the last snapshot of the day. */
const respond: typeof fetch = async (url) => {
  const timestamp = String(url).includes('order=asc') ? OPEN : CLOSE;
  return Response.json({ chains: [{ timestamp, pcr_oi: 1 }], count: 1, next_cursor: null });
};

interface FixedMarketProps {
  readonly view?: Partial<MarketView>;
  /** State of the live connection. */
  readonly state?: SocketConnection['state'];
  readonly status?: MarketStatus;
  /** What the server replays; nothing without. */
  readonly replay?: ReplayState;
  /** Who is logged in; nobody without. */
  readonly user?: LoggedIn;
  readonly children: ReactNode;
}

/** Components as they are with this market and connection, without a server. */
export function FixedMarket({ view, state = 'connected', status, replay, user, children }: FixedMarketProps) {
  const [platform] = useState(() => fixedPlatform(state, user));
  const [queries] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: false } } }));
  return (
    <QueryClientProvider client={queries}>
      <ServerContext value={platform}>
        <PlatformContext value={platform}>
          <KeysProvider>
            <MarketStatusContext value={status ? { ...status, aheadMs: 0, replay } : null}>
              <MarketViewContext value={{ ...VIEW, storedAt: view?.at ?? null, ...view }}>
                {children}
              </MarketViewContext>
            </MarketStatusContext>
          </KeysProvider>
        </PlatformContext>
      </ServerContext>
    </QueryClientProvider>
  );
}

export function fixedPlatform(state: SocketConnection['state'], user: LoggedIn | null = null): Platform {
  const nothing = () => {};
  const never = () => new Promise<never>(nothing);
  return {
    client: createClient({ baseUrl: '', fetch: respond }),
    session: {
      shared: { get: () => null, set: nothing },
      get: () => user,
      set: nothing,
      isEnding: () => false,
      ending: never,
      subscribe: () => nothing,
    },
    socket: {
      state,
      onState: () => nothing,
      on: () => nothing,
      subscribe: never,
      follow: async function* () {} as SocketConnection['follow'],
      products: async () => [],
      authenticate: never,
      close: nothing,
    },
  };
}
