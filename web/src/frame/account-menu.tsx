import { LogOut } from 'lucide-react';
import { useRef } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { ActionButton } from '../form/action-button.tsx';
import { useKeptFocus } from '../form/kept-focus.ts';
import { useSession } from '../platform/platform.tsx';
import { loginAddress } from '../session/local-address.ts';
import { useLoggingOut, useLogout, useLogoutFailure } from '../session/use-logout.ts';

/** Who is logged in, with the way to their account and out of it. The focus stays here whatever stands here. */
export function AccountMenu() {
  const place = useRef<HTMLDivElement>(null);
  useKeptFocus(place);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is of fields.
    <div ref={place} role="group" aria-label="Account" className="account" tabIndex={-1}>
      <Account />
    </div>
  );
}

function Account() {
  const session = useSession();
  const [path] = useLocation();
  const search = useSearch();
  const logout = useLogout();
  const loggingOut = useLoggingOut();
  const failed = useLogoutFailure();
  if (session === null && loggingOut) return <p role="status">Logging out…</p>;
  if (session === null) return <Link href={loginAddress(path, search)}>Log in</Link>;
  const { email, role } = session.user;
  return (
    <>
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
    </>
  );
}
