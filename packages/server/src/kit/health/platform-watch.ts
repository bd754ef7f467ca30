import { HEARTBEATS, type Heartbeat, type PlatformStatus } from '@deltastream/contracts';
import type { Bus, Subscription } from '../../ports/bus.ts';
import type { Check } from '../../ports/check.ts';
import type { Clock } from '../../ports/clock.ts';
import { reasonOf } from '../errors.ts';
import type { Logger } from '../logging/log.ts';
import type { ValuesOf } from '../settings-fragment.ts';
import { judgePlatform, type LostService, quietMs } from './judge-platform.ts';
import { PRESENCE } from './presence-settings.ts';
import { createStaleChains, type StaleChains } from './stale-chains.ts';
import { createStateInstants } from './state-instants.ts';

export interface PlatformWatchOptions extends Partial<ValuesOf<typeof PRESENCE.own>> {
  /** Whether a product is in session; null where no calendar is known. */
  readonly inSession?: (product: string) => boolean | null;
}

/** What is known of every process on the bus. Of which services it is made nobody has to be told. */
export interface PlatformWatch extends StaleChains {
  start(): Promise<void>;
  stop(): Promise<void>;
  status(): PlatformStatus;
  /** One check for readiness: what is at fault, since when. A venue that fails while others give data leaves it ready. */
  check(): Check;
  /** Called when the judgement changes, but for ages. Returns the unsubscribe function. */
  onChange(listener: (status: PlatformStatus) => void): () => void;
}

/**
 * Follows the heartbeats of all processes, `own` among them. Silence counts only while this process runs and
 * the bus carries its own heartbeats: a stall of its event loop, or of the bus, is nobody else's silence. So a
 * busy machine makes the judgement later, never wrong.
 */
export function createPlatformWatch(
  {
    bus,
    clock,
    logger,
    own,
  }: { readonly bus: Bus; readonly clock: Clock; readonly logger: Logger; readonly own: string },
  options: PlatformWatchOptions = {},
): PlatformWatch {
  const { awayAfterMs, checkMs, inSession = () => null, ...judge } = { ...PRESENCE.defaults, ...options };
  const chains = createStaleChains({
    clock,
    graceMs: judge.graceMs,
    quietMs: (intervalMs) => quietMs(intervalMs, judge),
    inSession,
  });
  const living = new Map<string, { readonly heartbeat: Heartbeat; at: number }>();
  const lost = new Map<string, LostService>();
  const instants = createStateInstants(clock);
  const listeners = new Set<(status: PlatformStatus) => void>();
  /** Milliseconds for which this process ran, and those of them in which it could receive. */
  let ranMs = 0;
  let watchedMs = 0;
  let ticked = performance.now();
  let echoAt = 0;
  let echoLostSince: number | null = null;
  let busAwaySince: number | null = null;
  let following: Subscription | null = null;
  let timer: NodeJS.Timeout | null = null;
  let told = '';
  let stopped = false;

  function lose(process: string, how: LostService['how']): void {
    const held = living.get(process);
    if (!held || !living.delete(process)) return;
    for (const { service, feed } of held.heartbeat.services) {
      const left = [...living.values()].some(({ heartbeat }) =>
        heartbeat.services.some((each) => each.service === service),
      );
      if (left) continue;
      const at = clock.now() - (watchedMs - held.at);
      lost.set(service, { at, how, source: feed?.source ?? null });
    }
  }

  function receive(frame: Uint8Array): void {
    const heartbeat = HEARTBEATS.frames.decode(frame);
    if (heartbeat.process === own) echoAt = performance.now();
    if (heartbeat.ended) {
      if (living.has(heartbeat.process)) living.set(heartbeat.process, { heartbeat, at: watchedMs });
      lose(heartbeat.process, 'stopped');
      return;
    }
    living.set(heartbeat.process, { heartbeat, at: watchedMs });
    chains.receive(heartbeat, ranMs);
    for (const { service } of heartbeat.services) lost.delete(service);
  }

  function advance(): void {
    const now = performance.now();
    const passed = Math.min(now - ticked, 2 * checkMs);
    // What this process did not see pass cannot be held against the echo either.
    echoAt += Math.max(0, now - ticked - passed);
    ticked = now;
    ranMs += passed;
    const { connected } = bus.connection;
    busAwaySince = connected ? null : (busAwaySince ?? clock.now());
    if (!connected) echoAt = now;
    const silentMs = now - echoAt;
    echoLostSince = silentMs > awayAfterMs ? (echoLostSince ?? clock.now() - silentMs) : null;
    // Half of the limit without an echo is already doubt: time that may be the bus's silence counts for nobody.
    if (connected && silentMs <= awayAfterMs / 2) watchedMs += passed;
  }

  function status(): PlatformStatus {
    const { connected, reason } = bus.connection;
    if (!connected) busAwaySince ??= clock.now();
    const began = instants.during(watchedMs);
    const judged = judgePlatform(
      {
        began: began.began,
        listeningMs: watchedMs,
        bus: { connected, reason, since: connected ? null : busAwaySince },
        echoLostSince,
        busChecks: bus.checks(),
        living: [...living.values()].map(({ heartbeat, at }) => ({
          process: heartbeat.process,
          services: heartbeat.services,
          silentMs: watchedMs - at,
        })),
        lost,
        figures: chains.paces(ranMs),
        inSession,
      },
      judge,
    );
    began.end();
    return judged;
  }

  function examine(): void {
    advance();
    chains.examine(ranMs);
    for (const [process, { at }] of living) if (watchedMs - at > awayAfterMs) lose(process, 'silent');
    const now = status();
    const essence = JSON.stringify([
      now.data,
      now.feed.state,
      now.feed.venues?.map(({ venue, state, reason, watchdogs }) => [
        venue,
        state,
        reason,
        watchdogs.map(({ kind, product }) => [kind, product]),
      ]),
      now.problems.map(({ part, code }) => [part, code]),
      now.stale.map(({ product }) => product),
      now.services.map(({ name, instances, ok }) => [name, instances, ok]),
      // At first only that the connection is gone; what the server says of it comes with the next try.
      bus.connection.reason,
    ]);
    if (essence === told) return;
    told = essence;
    for (const listener of listeners) listener(now);
  }

  return {
    isStale: chains.isStale,
    status,
    check() {
      const faults = status().problems.filter(({ fault }) => fault);
      const reason = faults.map((each) => each.reason).join('; ');
      return {
        name: 'platform',
        ok: faults.every(({ code }) => code === 'venue_failed'),
        reason: reason || null,
        aboutOthers: true,
      };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async start() {
      const followed = await bus.follow(HEARTBEATS.name, 'latest', ({ frame, position }) => {
        try {
          receive(frame);
        } catch (error) {
          logger.event('heartbeat_left_out', { position, reason: reasonOf(error) });
        }
      });
      if (stopped) return followed.stop();
      following = followed;
      ticked = performance.now();
      echoAt = ticked;
      timer = setInterval(examine, checkMs);
    },
    async stop() {
      stopped = true;
      if (timer) clearInterval(timer);
      listeners.clear();
      await following?.stop();
      following = null;
    },
  };
}
