import { tabStorage } from '../platform/browser-storage.ts';

/** A login at a provider that this tab began and the provider has not sent back yet. */
interface BegunLogin {
  readonly flow: string;
  /** The account asked for its second factor, so that it is asked for before the login is completed. */
  readonly asksForCode: boolean;
  readonly to: string | null;
}

const KEY = 'deltastream.external-login';

/** Kept by the tab alone, as only the browser that began a login may complete it. No secret of the account is in it. */
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
    const begun = json === null ? null : (JSON.parse(json) as Partial<BegunLogin> | null);
    if (typeof begun?.flow !== 'string') return null;
    return { flow: begun.flow, asksForCode: begun.asksForCode === true, to: begun.to ?? null };
  } catch {
    return null;
  }
}
