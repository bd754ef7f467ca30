/** A login at a provider that this tab began and the provider has not sent back yet. */
interface BegunLogin {
  readonly flow: string;
  /** Of the second factor, where the account asked for one. */
  readonly code?: string;
  readonly to: string | null;
}

const KEY = 'deltastream.external-login';

/** Kept by the tab alone, as only the browser that began a login may complete it. */
export const keepBegunLogin = (begun: BegunLogin): void => sessionStorage.setItem(KEY, JSON.stringify(begun));

/** The login that the provider's query completes; null when this is not the way back of one. It is good once. */
export function takeBegunLogin(search: string): BegunLogin | null {
  const query = new URLSearchParams(search);
  if (!query.has('state') || !(query.has('code') || query.has('error'))) return null;
  const stored = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return stored === null ? null : (JSON.parse(stored) as BegunLogin);
}
