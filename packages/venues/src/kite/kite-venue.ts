import { underlyingsFirst } from '../connection/listings/underlyings-first.ts';
import type { Instrument, InstrumentList } from '../instrument.ts';
import type { Venue } from '../venue.ts';
import type { WireLimits, WireTimes } from '../wire-protocol.ts';
import { type KiteCredentials, requireApiKey } from './credentials.ts';
import { fetchInstruments } from './kite-rest.ts';
import { createKiteWire, KITE_LIMITS, KITE_TIMES } from './kite-wire.ts';

export interface KiteConfig extends KiteCredentials {
  /** `https://api.kite.trade` by default. */
  readonly restUrl?: string;
  /** `wss://ws.kite.trade` by default. */
  readonly socketUrl?: string;
  readonly limits?: Partial<WireLimits>;
  readonly times?: Partial<WireTimes>;
}

/**
 * Zerodha's Kite: options of the NSE and the BSE, with best bid and ask, open interest and previous close by its WebSocket in
 * full mode. Nothing is polled. Throws where the API key cannot be one.
 */
export function createKiteVenue(config: KiteConfig): Venue {
  requireApiKey(config);
  const { restUrl = 'https://api.kite.trade', socketUrl = 'wss://ws.kite.trade' } = config;
  const rest = { ...config, restUrl: restUrl.replace(/\/+$/, '') };
  const lots = new Map<number, number>();
  /** When the contract of a token ceases, epoch ms. */
  const endings = new Map<number, number>();
  const wire = createKiteWire(
    {
      ...config,
      socketUrl,
      limits: { ...KITE_LIMITS, ...config.limits },
      times: { ...KITE_TIMES, ...config.times },
    },
    lots,
  );
  /** Tokens of another list stay until they end: a connection may still have them, for other products perhaps. */
  function know(
    { asOf, instruments }: InstrumentList,
    lotOf: (token: number, instrument: Instrument) => number,
  ): void {
    for (const [token, endsAt] of endings) {
      if (endsAt > asOf) continue;
      endings.delete(token);
      lots.delete(token);
    }
    for (const instrument of instruments) {
      const token = instrument.id as number;
      if (instrument.kind !== 'underlying') endings.set(token, instrument.expiresAt);
      lots.set(token, lotOf(token, instrument));
    }
  }

  return {
    name: 'kite',
    async instruments(products, signal) {
      const { list, lots: listed } = await fetchInstruments(rest, products, signal);
      know(list, (token) => listed.get(token) ?? Number.NaN);
      return list;
    },
    // Of an underlying and a future the price alone counts.
    restore: (list) =>
      know(list, (_token, each) => (each.kind === 'option' ? (each.lotSize ?? Number.NaN) : 1)),
    subscriptions: underlyingsFirst,
    wire,
    polls: [],
    volume: 'session',
  };
}
