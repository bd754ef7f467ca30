import { LogOut } from 'lucide-react';
import { Link, useLocation, useSearch } from 'wouter';
import { ActionButton } from '../form/action-button.tsx';
import { useSession } from '../platform/platform.tsx';
import { loginAddress } from '../session/local-address.ts';
import { useLoggingOut, useLogout, useLogoutFailure } from '../session/use-logout.ts';

/** Who is logged in, with the way to their account and out of it. */
export function AccountMenu() {
  const session = useSession();
  const [path] = useLocation();
  const search = useSearch();
  const logout = useLogout();
  const loggingOut = useLoggingOut();
  const failed = useLogoutFailure();
  if (session === null && loggingOut) {
    return (
      <p className="account" role="status">
        Logging out…
      </p>
    );
  }
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
      <ActionButton
        className="icon"
        aria-label="Log out"
        title="Log out"
        disabled={loggingOut}
        onClick={() => logout.mutate(session.refresh_token)}
      >
        <LogOut aria-hidden size={16} />
      </ActionButton>
      {failed && (
        <span className="down" role="alert">
          Not logged out: {failed.message}
        </span>
      )}
    </div>
  );
}
