import {
  type ChainMode,
  isOfExpiries,
  roomOf,
  type StrikeWindow,
  type SubscriptionRequest,
} from '@deltastream/contracts';
import type { SocketGatewaySettings } from '../settings.ts';
import { roundedWindow, windowName } from './strike-window.ts';

export type RoomType = SubscriptionRequest['type'];

/** Which room a channel is of, and how often it is flushed. */
export interface ChannelIdentity {
  /** The same for everyone who is served alike. */
  readonly name: string;
  readonly room: string;
  readonly type: RoomType;
  /** Of a room of an account, whose it is. */
  readonly product: string;
  /** What of the product: an expiry, an interval of bars, '' for all of it. */
  readonly part: string;
  readonly intervalMs: number;
}

/** A subscription as it is served: what was asked for, rounded to what clients can share. */
export interface Grant extends ChannelIdentity {
  readonly mode?: ChainMode;
  readonly strikes?: StrikeWindow;
}

export type IntervalSettings = Pick<
  SocketGatewaySettings,
  'priceIntervalMs' | 'minPriceIntervalMs' | 'chainIntervalMs' | 'minChainIntervalMs'
>;

/** So that clients with about the same wish share a channel. */
const INTERVAL_STEPS_MS = [0, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000] as const;

/** `owner`: whose room it is, where the request is for one of an account. */
export function grantOf(request: SubscriptionRequest, settings: IntervalSettings, owner = ''): Grant {
  const room = roomOf(request);
  const intervalMs = intervalOf(request, settings);
  const { type } = request;
  if (request.type === 'own_alerts') {
    return {
      room,
      type,
      product: owner,
      part: '',
      intervalMs,
      name: `${room}|${intervalMs}${request.trace === true ? '|trace' : ''}|${owner}`,
    };
  }
  const { symbol: product } = request;
  const part =
    request.type === 'bars' ? (request.bar ?? '1m') : (isOfExpiries(request) && request.expiry) || '';
  const place = { room, type, product, part, intervalMs };
  const name = `${room}|${intervalMs}${request.trace === true ? '|trace' : ''}`;
  if (request.type === 'figures') return { ...place, name: `${name}|${namesOf(request.figures)}` };
  if (request.type === 'exposure') return { ...place, name: `${name}|${request.model ?? ''}` };
  if (request.type !== 'chain') return { ...place, name };
  const mode = request.mode ?? 'full';
  const strikes = request.strikes && roundedWindow(request.strikes);
  return {
    ...place,
    name: `${name}|${mode}|${windowName(strikes ?? null)}`,
    mode,
    ...(strikes && { strikes }),
  };
}

function intervalOf(request: SubscriptionRequest, settings: IntervalSettings): number {
  const { type, interval_ms: asked } = request;
  // Alerts and surfaces are rare, and each counts.
  if (type === 'alerts' || type === 'own_alerts' || type === 'surface')
    return asked === undefined ? 0 : roundedUp(asked);
  const prices = type === 'product' || type === 'bars';
  const least = prices ? settings.minPriceIntervalMs : settings.minChainIntervalMs;
  if (asked === undefined) return prices ? settings.priceIntervalMs : settings.chainIntervalMs;
  return Math.max(least, roundedUp(asked));
}

/** The same for the same set. */
const namesOf = (figures: readonly string[]): string => [...new Set(figures)].sort().join();

const roundedUp = (ms: number): number => INTERVAL_STEPS_MS.find((step) => step >= ms) ?? ms;
