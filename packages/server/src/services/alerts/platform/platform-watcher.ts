import { statfs } from 'node:fs/promises';
import { ALERTS, type Alert, type PlatformStatus } from '@deltastream/contracts';
import { reasonOf } from '../../../kit/errors.ts';
import type { PacedWarning } from '../../../kit/logging/paced-warning.ts';
import type { Bus, Position, Subscription } from '../../../ports/bus.ts';
import type { Clock } from '../../../ports/clock.ts';
import { createPlatformObservations, type PlatformLook } from './platform-observations.ts';

/** What rules about the platform, or about the log, are judged by. */
export interface PartObservation {
  readonly subject: 'platform' | 'log';
  readonly key: string;
  readonly product: string | null;
  readonly values: Readonly<Record<string, number | string | null>>;
  readonly atMs: number;
  readonly epoch: string;
  readonly seq: number;
}

/** Looks at the platform, and follows the alerts of the log. */
export interface PlatformWatcher {
  start(): Promise<void>;
  /** Messages of a product that were given up. */
  noteMissing(product: string, messages: number): void;
  stop(): Promise<void>;
}

export interface PlatformWatcherParts {
  readonly bus: Pick<Bus, 'follow' | 'stats'>;
  /** Without one nothing of the platform is known. */
  readonly status: (() => PlatformStatus) | null;
  readonly clock: Clock;
  readonly warnPaced: PacedWarning;
  /** On whose volume the stored data is; null where it is on a server. */
  readonly folder: string | null;
  readonly checkMs: number;
  /** Called only while this worker is the one that judges; false where it is not. */
  readonly observe: (observation: PartObservation) => boolean;
  readonly onMalformed: (topic: string, position: Position, reason: string) => void;
}

export function createPlatformWatcher(parts: PlatformWatcherParts): PlatformWatcher {
  const { bus, status, clock, warnPaced, folder, checkMs, observe } = parts;
  const observationsOf = createPlatformObservations();
  let missing = new Map<string, number>();
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> | null = null;
  let following: Subscription | null = null;

  async function diskOf(): Promise<PlatformLook['disk']> {
    if (folder === null) return null;
    try {
      const { bavail, blocks, bsize } = await statfs(folder);
      return { freeBytes: bavail * bsize, bytes: blocks * bsize };
    } catch (error) {
      warnPaced('disk', 'alert_disk_not_read', { reason: reasonOf(error) });
      return null;
    }
  }

  async function look(): Promise<void> {
    if (status === null) return;
    const disk = await diskOf();
    const nowMs = clock.now();
    // Each topic says its own; a process knows those of the topics that it has.
    const deadLetters = bus.stats().reduce((sum, each) => sum + each.deadLetters, 0);
    const seen = missing;
    missing = new Map();
    const found = observationsOf({ nowMs, status: status(), deadLetters, disk, missing: seen });
    for (const { key, product, values } of found) {
      // One look a second at most: its time numbers it, whoever makes it.
      const place = { atMs: nowMs, epoch: `platform ${key}`.slice(0, 64), seq: nowMs };
      if (!observe({ subject: 'platform', key, product, values, ...place })) return;
    }
  }

  function observeAlert({ log, severity, value, threshold, timestamp, epoch, seq }: Alert): void {
    if (log === undefined) return;
    const values = { rule: log.rule, severity, state: log.state, value, threshold };
    const place = { product: null, atMs: timestamp, epoch, seq };
    observe({ subject: 'log', key: log.rule_id, values, ...place });
  }

  return {
    noteMissing(product, messages) {
      missing.set(product, (missing.get(product) ?? 0) + messages);
    },
    async start() {
      following = await bus.follow(ALERTS.name, 'latest', ({ frame, position }) => {
        try {
          observeAlert(ALERTS.frames.decode(frame));
        } catch (error) {
          parts.onMalformed(ALERTS.name, position, reasonOf(error));
        }
      });
      timer = setInterval(() => {
        looking ??= look()
          .catch((error) => warnPaced('platform', 'alert_platform_not_judged', { reason: reasonOf(error) }))
          .finally(() => {
            looking = null;
          });
      }, checkMs);
    },
    async stop() {
      if (timer !== null) clearInterval(timer);
      timer = null;
      await following?.stop();
      following = null;
      await looking;
    },
  };
}
