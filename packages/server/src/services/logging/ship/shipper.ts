import { join } from 'node:path';
import type { LogTargetVitals } from '@deltastream/contracts';
import type { Registry } from 'prom-client';
import type { Logger } from '../../../kit/logging/log.ts';
import { createPacedWarning } from '../../../kit/logging/paced-warning.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { LogEntry } from '../../../ports/stores/logs/log-store.ts';
import { createSender, type Sender } from './sender.ts';
import { createShipMetrics } from './ship-metrics.ts';
import type { ShipSettings } from './ship-settings.ts';
import { openSpool, type Spool, spoolLine } from './spool.ts';
import { type ShipTarget, shipTargets } from './targets.ts';

/** Ships entries to other systems, each with a spool and a pace of its own. */
export interface Shipper {
  /** Takes entries that are stored. Resolves when they are in the spools of all targets; never rejects. */
  ship(entries: readonly LogEntry[]): Promise<void>;
  start(): Promise<void>;
  /** What is not sent by then waits in the spools for the next start. */
  stop(timeoutMs: number): Promise<void>;
  vitals(): LogTargetVitals[];
}

export interface ShipperParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly settings: ShipSettings;
  /** Spools are kept in it, a folder for each target. */
  readonly folder: string;
}

interface Shipping {
  readonly target: ShipTarget;
  readonly spool: Spool;
  readonly sender: Sender;
}

/** A line of the shipper about a target is shipped, too: with one a minute it cannot feed itself. */
const TELL_INTERVAL_MS = 60_000;

/** Null where no target is named. Throws `invalid_setting` for one that is wrong. */
export function createShipper({ clock, logger, registry, settings, folder }: ShipperParts): Shipper | null {
  const targets = shipTargets(settings);
  if (targets.length === 0) return null;
  const shippings: Shipping[] = [];
  const tell = createPacedWarning(logger, { intervalMs: TELL_INTERVAL_MS, now: clock.monotonicMs });
  const metrics = createShipMetrics(registry, () =>
    shippings.map(({ target, spool, sender }) => {
      const { oldestAt } = sender.state();
      const { entries, bytes } = spool.waiting();
      const lagSeconds = entries === 0 || oldestAt === null ? 0 : Math.max(0, clock.now() - oldestAt) / 1_000;
      return { target: target.name, spoolBytes: bytes, waiting: entries, lagSeconds };
    }),
  );

  const open = async (target: ShipTarget): Promise<Shipping> => {
    const { name } = target;
    const onDropped = (reason: string, entries: number) => {
      metrics.dropped(name, reason, entries);
      tell(`${name} ${reason}`, 'log_entries_not_shipped', { target: name, reason, entries });
    };
    const spool = await openSpool({ folder: join(folder, name), maxBytes: settings.spoolBytes, onDropped });
    let isToldFailing = false;
    const sender = createSender({
      ...{ target, spool, clock, settings },
      events: {
        shipped: (count) => metrics.shipped(name, count),
        retried: (reason, count) => metrics.retried(name, reason, count),
        refused: spool.refused,
        failing(reason) {
          isToldFailing = true;
          tell(`${name} failing`, 'log_target_failing', { target: name, reason });
        },
        recovered() {
          if (isToldFailing) tell(`${name} recovered`, 'log_target_recovered', { target: name });
          isToldFailing = false;
        },
      },
    });
    return { target, spool, sender };
  };

  return {
    async ship(entries) {
      if (entries.length === 0 || shippings.length === 0) return;
      const at = clock.now();
      const lines = entries.map((entry) => spoolLine(entry, at));
      await Promise.all(
        shippings.map(async ({ spool, sender }) => {
          await spool.push(lines);
          sender.wake();
        }),
      );
    },
    async start() {
      shippings.push(...(await Promise.all(targets.map(open))));
      for (const { sender } of shippings) sender.start();
    },
    async stop(timeoutMs) {
      await Promise.all(
        shippings.map(async ({ spool, sender }) => {
          await sender.stop(timeoutMs);
          await spool.close();
        }),
      );
    },
    vitals: () =>
      shippings.map(({ target, spool, sender }) => {
        const { failing } = sender.state();
        const { entries, bytes } = spool.waiting();
        return {
          ...{ target: target.name, protocol: target.protocolName },
          ...{ waiting_entries: entries, waiting_bytes: bytes },
          dropped: Object.values(spool.dropped()).reduce((sum, count) => sum + count, 0),
          failing:
            failing === null
              ? null
              : { reason: failing.reason, for_ms: Math.max(0, clock.monotonicMs() - failing.sinceMs) },
        };
      }),
  };
}
