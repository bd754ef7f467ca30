import { type ChainMode, roomOf, type StrikeWindow, type SubscriptionRequest } from '@deltastream/contracts';
import type { SocketGatewaySettings } from '../settings.ts';
import { roundedWindow, windowName } from './strike-window.ts';

/** A subscription as it is served: what was asked for, rounded to what clients can share. */
export interface Grant {
  readonly room: string;
  readonly intervalMs: number;
  readonly mode?: ChainMode;
  readonly strikes?: StrikeWindow;
  /** The same for everyone who is served alike. */
  readonly channelName: string;
}

export type IntervalSettings = Pick<
  SocketGatewaySettings,
  'priceIntervalMs' | 'minPriceIntervalMs' | 'chainIntervalMs' | 'minChainIntervalMs'
>;

/** So that clients with about the same wish share a channel. */
const INTERVAL_STEPS_MS = [0, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000] as const;

export function grantOf(request: SubscriptionRequest, settings: IntervalSettings): Grant {
  const room = roomOf(request);
  const intervalMs = intervalOf(request, settings);
  if (request.type !== 'chain') return { room, intervalMs, channelName: `${room}|${intervalMs}` };
  const mode = request.mode ?? 'full';
  const strikes = request.strikes && roundedWindow(request.strikes);
  const channelName = `${room}|${intervalMs}|${mode}|${windowName(strikes ?? null)}`;
  return { room, intervalMs, mode, channelName, ...(strikes && { strikes }) };
}

function intervalOf(request: SubscriptionRequest, settings: IntervalSettings): number {
  const { type, interval_ms: asked } = request;
  // Alerts and surfaces are rare, and each counts.
  if (type === 'alerts' || type === 'surface') return asked === undefined ? 0 : roundedUp(asked);
  const prices = type === 'product' || type === 'bars';
  const least = prices ? settings.minPriceIntervalMs : settings.minChainIntervalMs;
  if (asked === undefined) return prices ? settings.priceIntervalMs : settings.chainIntervalMs;
  return Math.max(least, roundedUp(asked));
}

const roundedUp = (ms: number): number => INTERVAL_STEPS_MS.find((step) => step >= ms) ?? ms;
