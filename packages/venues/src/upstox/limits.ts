import type { WireLimits, WireTimes } from '../wire-protocol.ts';
import type { Mode } from './feed/feed-fields.ts';

/** Instruments of a connection by mode, where all are in that mode and where they are in several. */
export const INSTRUMENT_LIMITS: Readonly<Record<'alone' | 'mixed', Readonly<Record<Mode, number>>>> = {
  alone: { ltpc: 5000, option_greeks: 3000, full: 2000 },
  mixed: { ltpc: 2000, option_greeks: 2000, full: 1500 },
};

/** Sockets of one user; the venue's paid plan allows five. */
export const SOCKETS = { basic: 2, plus: 5 } as const;

/** The limits of a plan where options are followed in a mode. */
export function upstoxLimits(plan: keyof typeof SOCKETS, mode: Exclude<Mode, 'ltpc'>): WireLimits {
  return {
    connections: SOCKETS[plan],
    // All instruments are in mode `full`, or options beside underlyings in `ltpc`: their sum is kept below the smaller limit.
    instrumentsPerConnection:
      mode === 'full' ? INSTRUMENT_LIMITS.alone.full : INSTRUMENT_LIMITS.mixed.option_greeks,
    // The venue names no number; a message of 500 keys is about 9 KB.
    instrumentsPerMessage: 500,
    // Nor does it for messages of the feed: a tenth of what it allows its REST calls, 50/s.
    messagesPerSecond: 5,
    burst: 5,
    // A snapshot of 2,000 instruments with five levels is about 1 MB.
    maxMessageBytes: 8 * 1024 * 1024,
  };
}

/** Times that the venue does not name, with the reasons for them. */
export const UPSTOX_TIMES: WireTimes = {
  // Three pings without a pong.
  silenceMs: 30_000,
  // A liquid underlying ticks every second; a minute without any is a mute connection.
  stallMs: 60_000,
  // There is no application heartbeat: in a quiet market pongs alone say that the venue lives.
  pingMs: 10_000,
  // As the venue's own clients wait for the authorization.
  connectMs: 10_000,
  firstRetryMs: 1_000,
  lastRetryMs: 60_000,
};
