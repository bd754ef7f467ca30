import { tabStorage } from '../platform/browser-storage.ts';

/** A login at a provider that this tab began and the provider has not sent back yet. */
interface BegunLogin {
  readonly flow: string;
  /** Of the second factor, where the account asked for one. */
  readonly code?: string;
  readonly to: string | null;
}

const KEY = 'deltastream.external-login';

/** Kept by the tab alone, as only the browser that began a login may complete it. */
export const keepBegunLogin = (begun: BegunLogin): void => tabStorage.setItem(KEY, JSON.stringify(begun));

/** The login that the provider's query completes; null when this is not the way back of one. It is good once. */
export function takeBegunLogin(search: string): BegunLogin | null {
  const query = new URLSearchParams(search);
  if (!query.has('state') || !(query.has('code') || query.has('error'))) return null;
  const stored = tabStorage.getItem(KEY);
  tabStorage.removeItem(KEY);
  return readBegunLogin(stored);
}

/** Out of JSON that anybody may have written; null when it is not a begun login. */
export function readBegunLogin(json: string | null): BegunLogin | null {
  try {
    const begun = json === null ? null : (JSON.parse(json) as BegunLogin | null);
    return typeof begun?.flow === 'string' ? begun : null;
  } catch {
    return null;
  }
}
