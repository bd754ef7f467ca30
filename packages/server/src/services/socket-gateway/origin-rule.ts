import type { IncomingMessage } from 'node:http';

export type OriginRule = (request: IncomingMessage) => boolean;

/**
 * Which pages may open a connection. Browsers apply CORS to polling but not to WebSocket, so the server
 * has to look at the Origin itself. Programs send no Origin and are let in; a page may name only its
 * real one. `X-Forwarded-Host` is the host a reverse proxy was asked for; no page can set it.
 */
export function createOriginRule(allowed: readonly string[]): OriginRule {
  if (allowed.includes('*')) return () => true;
  const listed = new Set(allowed);
  return ({ headers }) => {
    const { origin } = headers;
    if (origin === undefined || listed.has(origin)) return true;
    const host = URL.parse(origin)?.host;
    return host !== undefined && (host === headers.host || host === headers['x-forwarded-host']);
  };
}
