import { isPagePath } from '@deltastream/client';

/** Where to go after a login: a page of this dashboard with its query, and nowhere else whatever a link says. */
export function localAddress(to: string | null): string {
  const [path, ...query] = (to ?? '').split('?');
  return isPagePath(path) && path !== '/login' ? [path, ...query].join('?') : '/';
}

/** Where a login at this address is to lead, for `localAddress`; null where it does not say. */
export const addressAfterLogin = (path: string, search: string): string | null =>
  path === '/login' ? new URLSearchParams(search).get('to') : search === '' ? path : `${path}?${search}`;

/** The login, and back to `path` with its query. */
export const loginAddress = (path: string, search: string): string =>
  `/login?${new URLSearchParams({ to: search === '' ? path : `${path}?${search}` })}`;
