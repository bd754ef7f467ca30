import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { pid } from 'node:process';
import { HEARTBEATS, type ServiceVitals } from '@deltastream/contracts';
import type { Bus } from '../../ports/bus.ts';
import { reasonOf } from '../errors.ts';
import { within } from '../lifecycle/bounded-wait.ts';
import type { Service } from '../lifecycle/service.ts';
import type { Logger } from '../logging/log.ts';
import { PRESENCE } from './presence-settings.ts';

export interface HeartbeatOptions {
  /** How often the process says how it is. */
  readonly intervalMs: number;
  /** Longest wait of a stop until the bus has taken its final state. */
  readonly finalStateTimeoutMs?: number;
}

/** Says on the bus how the services of this process are. */
export interface Heartbeats {
  /** Names this run of this process. */
  readonly process: string;
  /** From now on these services are spoken of, too; says so at once. */
  include(services: readonly Service[]): void;
  /** Says that this process ends on purpose; idempotent, bounded in time. */
  stop(): Promise<void>;
}

/**
 * One heartbeat at a time: while the bus is away none is added to what waits for it. How long a check has
 * failed is told as a duration, so that the clocks of two machines need not agree.
 */
export function createHeartbeats(
  { bus, logger }: { readonly bus: Bus; readonly logger: Logger },
  { intervalMs, finalStateTimeoutMs = PRESENCE.defaults.finalStateTimeoutMs }: HeartbeatOptions,
): Heartbeats {
  const process = `${hostname()}-${pid}-${randomBytes(3).toString('hex')}`;
  const services = new Set<Service>();
  const failingSince = new Map<string, number>();
  let timer: NodeJS.Timeout | null = null;
  let publishing: Promise<void> | null = null;
  let stopped: Promise<void> | null = null;

  async function vitalsOf(service: Service): Promise<ServiceVitals> {
    // A judgement on others that came back as a fault of this service would never end.
    const checks = (await service.ready()).filter(({ aboutOthers }) => !aboutOthers);
    const now = performance.now();
    const failing = checks.flatMap(({ name, ok }) => {
      const key = `${service.name} ${name}`;
      if (ok) failingSince.delete(key);
      else if (!failingSince.has(key)) failingSince.set(key, now);
      return ok ? [] : [{ check: name, for_ms: now - (failingSince.get(key) ?? now) }];
    });
    return { service: service.name, failing, ...service.vitals?.() };
  }

  async function publishState(ended: boolean): Promise<void> {
    try {
      const vitals = await Promise.all([...services].map(vitalsOf));
      await bus.publish(HEARTBEATS.name, HEARTBEATS.frames.encode({ process, ended, services: vitals }));
    } catch (error) {
      logger.event('heartbeat_not_sent', { reason: reasonOf(error) });
    }
  }

  function beat(): void {
    if (publishing || stopped) return;
    publishing = publishState(false).finally(() => {
      publishing = null;
    });
  }

  return {
    process,
    include(more) {
      for (const service of more) services.add(service);
      timer ??= setInterval(beat, intervalMs);
      // Told at once, also when a heartbeat without them is under way.
      if (publishing) void publishing.then(beat);
      else beat();
    },
    stop() {
      stopped ??= (async () => {
        if (timer === null) return;
        clearInterval(timer);
        const said = (publishing ?? Promise.resolve()).then(() => publishState(true));
        await within(finalStateTimeoutMs, said, () => undefined);
      })();
      return stopped;
    },
  };
}
