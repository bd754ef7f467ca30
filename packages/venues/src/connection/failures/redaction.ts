import type { WireAddress } from '../../wire-protocol.ts';

/** Shorter values are parts of ordinary words, and no secret. */
const SHORTEST_SECRET_LENGTH = 4;

/** An address that may be logged: without user, query and fragment. */
function publicUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? 'an invalid address' : `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}

/**
 * A text of another library without the credentials of an address: its URL is shortened to the public part, and every value of
 * its query, its headers and its user is left out, as it stands there and percent-decoded.
 */
export function withoutCredentials(text: string, { url, headers = {} }: WireAddress): string {
  const parsed = URL.parse(url);
  const values = [
    ...Object.values(headers).flatMap((value) => [value, ...value.split(/\s+/)]),
    ...(parsed === null
      ? []
      : [
          parsed.search,
          parsed.username,
          parsed.password,
          ...parsed.searchParams.values(),
          ...parsed.search.slice(1).split(/[&=]/),
        ]),
  ].filter((value) => value.length >= SHORTEST_SECRET_LENGTH);
  const longestFirst = [...new Set(values)].sort((a, b) => b.length - a.length);
  return longestFirst.reduce(
    (clean, secret) => clean.replaceAll(secret, '***'),
    text.replaceAll(url, publicUrl(url)),
  );
}

/** A text whose addresses have neither user nor query: other people's errors quote them completely. */
export const withoutQueries = (text: string): string =>
  text.replace(
    /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/?#@]*@)?([^\s?#'"]*)[?#][^\s'"]*|\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]*@/gi,
    (_all, scheme = '', rest = '', bare = '') => `${scheme}${rest}${bare}`,
  );
