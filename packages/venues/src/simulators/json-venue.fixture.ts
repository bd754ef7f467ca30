import type { InstrumentId } from '../instrument.ts';
import type { WireMessage } from '../wire-protocol.ts';
import type { SimulatedVenue } from './simulated-venue.ts';

/** What a message of the client may say. */
export interface Said {
  readonly token?: string;
  readonly subscribe?: readonly InstrumentId[];
  readonly unsubscribe?: readonly InstrumentId[];
  readonly heartbeatMs?: number;
}

/**
 * A venue that speaks JSON as simple as it can be: in text, or in binary frames where `/binary` is connected to, with so
 * many spaces after quotes.
 */
export function jsonVenue(padding = 0): SimulatedVenue {
  return {
    respond: ({ method, url, body, market, tokenExpired }) => {
      if (tokenExpired) return { status: 403, body: 'expired' };
      if (url.pathname === '/fail') throw new Error('no such page');
      if (method === 'POST') return { status: 200, body };
      const ids = (url.searchParams.get('ids') ?? '').split(',');
      return { status: 200, body: JSON.stringify(ids.map((id) => market.quoteOf(id)?.bid ?? null)) };
    },
    connect: ({ url, tokenExpired }) => {
      if (tokenExpired) return { status: 403, body: 'expired' };
      if (url.pathname === '/moved') return { status: 302, headers: { location: '/feed' } };
      const as = (said: unknown): WireMessage => {
        const text = JSON.stringify(said);
        return url.pathname === '/binary' ? Buffer.from(text) : text;
      };
      return (peer) => ({
        opened: () => [as({ hello: true })],
        receive: (message) => {
          const said = JSON.parse(message.toString()) as Said;
          if (said.heartbeatMs !== undefined) peer.heartbeatEvery(said.heartbeatMs);
          if (said.unsubscribe) peer.unsubscribe(said.unsubscribe);
          if (!said.subscribe) return;
          if (!peer.subscribe(said.subscribe)) return peer.send(as({ refused: said.subscribe.length }));
          peer.send(as({ subscribed: said.subscribe }));
          peer.push(said.subscribe);
        },
        quotes: (quotes, reason) => {
          const said = as({ reason, quotes: quotes.map(({ id, bid }) => [id, bid]) });
          return [padding > 0 ? `${said}${' '.repeat(padding)}` : said];
        },
        heartbeat: () => [as({ heartbeat: true })],
        listed: (ids) => [as({ listed: ids })],
        ended: (ids) => [as({ ended: ids })],
        expired: () => ({ send: [as({ error: 'token' })], code: 4001, reason: 'token expired' }),
      });
    },
  };
}
