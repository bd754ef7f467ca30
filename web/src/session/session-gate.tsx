import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useEffect } from 'react';
import { useLocation, useSearch } from 'wouter';
import { Skeleton } from '../panel/states.tsx';
import { useServer, useSession } from '../platform/platform.tsx';
import { localAddress } from './local-address.ts';
import { useLoggingOut } from './use-logout.ts';

const LoginPage = lazy(() => import('./login-page.tsx').then((m) => ({ default: m.LoginPage })));

/** While it is not known whether the server wants a login. */
const ASK_AGAIN_MS = 2_000;

/**
 * The login where the address or the server asks for one, else the dashboard. The address stays, so that the reader
 * is where they wanted to be once they are logged in.
 */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const { client } = useServer();
  const session = useSession();
  const loggingOut = useLoggingOut();
  const [path, go] = useLocation();
  const search = useSearch();
  const status = useQuery({
    queryKey: ['getStatus', 'tokens_required'],
    queryFn: ({ signal }) => client.getStatus({}, { signal }).then((now) => now.tokens_required),
    enabled: session === null,
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state }) => (state.data === undefined ? ASK_AGAIN_MS : false),
  });
  const atLogin = path === '/login';
  const done = atLogin && session !== null;

  useEffect(() => {
    if (done) go(localAddress(new URLSearchParams(search).get('to')), { replace: true });
  }, [done, search, go]);

  if (done || (session === null && !atLogin && status.isPending)) return <Skeleton />;
  if (session === null && (atLogin || status.data === true)) {
    if (loggingOut) {
      return (
        <p className="message" role="status">
          Logging out…
        </p>
      );
    }
    return (
      <Suspense fallback={<Skeleton />}>
        <LoginPage />
      </Suspense>
    );
  }
  return children;
}
