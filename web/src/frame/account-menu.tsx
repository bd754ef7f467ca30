import { useMutation, useMutationState } from '@tanstack/react-query';
import { LogOut } from 'lucide-react';
import { Link, useLocation, useSearch } from 'wouter';
import { useServer, useSession } from '../platform/platform.tsx';
import { loginAddress } from '../session/local-address.ts';

const LOGOUT = ['logout'];

/** Who is logged in, with the way to their account and out of it. */
export function AccountMenu() {
  const { client } = useServer();
  const session = useSession();
  const [path] = useLocation();
  const search = useSearch();
  const logout = useMutation({
    mutationKey: LOGOUT,
    mutationFn: (refresh_token: string) => client.logout({ refresh_token }),
  });
  // While it is tried nobody is logged in, and this menu may be another one afterwards.
  const failed = useMutationState({
    filters: { mutationKey: LOGOUT },
    select: ({ state }) => state.error,
  }).at(-1);
  if (session === null) {
    return (
      <p className="account">
        <Link href={loginAddress(path, search)}>Log in</Link>
      </p>
    );
  }
  const { email, role } = session.user;
  return (
    <div className="account">
      <Link
        href={search === '' ? '/account' : `/account?${search}`}
        aria-current={path === '/account' ? 'page' : undefined}
        title={`${email}, ${role}`}
      >
        {email}
      </Link>
      <button
        type="button"
        className="icon"
        aria-label="Log out"
        title="Log out"
        disabled={logout.isPending}
        onClick={() => logout.mutate(session.refresh_token)}
      >
        <LogOut aria-hidden size={16} />
      </button>
      {failed && (
        <span className="down" role="alert">
          Not logged out: {failed.message}
        </span>
      )}
    </div>
  );
}
