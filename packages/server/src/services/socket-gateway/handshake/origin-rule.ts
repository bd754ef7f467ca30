import type { IncomingMessage } from 'node:http';

export type OriginRule = (request: Pick<IncomingMessage, 'headers'>) => boolean;

/**
 * Which pages may send a request or open a connection. Browsers apply CORS to polling but not to WebSocket, so the
 * server has to look itself.
 * - With an Origin: a listed one, or that of the host which was asked. `X-Forwarded-Host` is the host a reverse proxy
 *   was asked for. A page of another origin cannot set it without a preflight, which is refused; one whose name was made
 *   to point here can, so that where data is open the host rule looks at it and at Host.
 * - Without one: a browser leaves it out where a page of the same origin reads, and says so as `Sec-Fetch-Site:
 *   same-origin`; a script or an image of another page has another value there. A request that says neither
 *   comes from a program, unless it carries cookies, which only a browser adds by itself.
 */
export function createOriginRule(allowed: readonly string[]): OriginRule {
  if (allowed.includes('*')) return () => true;
  const listed = new Set(allowed);
  return ({ headers }) => {
    const { origin } = headers;
    if (origin === undefined) {
      const site = headers['sec-fetch-site'];
      return site === undefined ? headers.cookie === undefined : site === 'same-origin';
    }
    if (listed.has(origin)) return true;
    const host = URL.parse(origin)?.host;
    return host !== undefined && (host === headers.host || host === headers['x-forwarded-host']);
  };
}
