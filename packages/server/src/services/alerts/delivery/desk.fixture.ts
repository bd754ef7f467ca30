import { createECDH } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChannelTarget } from '@deltastream/contracts';
import { Registry } from 'prom-client';
import { createMemoryQueue } from '../../../adapters/memory/queue/queue-memory.ts';
import { createSqliteAlertStore } from '../../../adapters/sqlite/alert-store/alert-store-sqlite.ts';
import { createLogger } from '../../../kit/logging/log.ts';
import { createManualClock } from '../../../ports/clock.ts';
import type { DeliveryAttempt, Lease, NewFiring } from '../../../ports/stores/alerts/alert-records.ts';
import { alertRule, batch, firing } from '../../../ports/stores/alerts/alert-store.fixture.ts';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import { createChannels } from '../channels/channels.ts';
import { openAlertSecrets } from './secrets/alert-secrets.ts';
import { createDelivery } from './sending/delivery.ts';
import { createSenders, destinationRule } from './sending/senders.ts';
import { type DeliverySettings, deliverySettings } from './settings.ts';

export const OWNER = { owner: 'u1', isAdmin: false } as const;

/** Names are this machine; the operator names the ports of targets. */
const addressesOf = async () => ['127.0.0.1'];

export const PUSH_KEYS = {
  p256dh: createECDH('prime256v1').generateKeys().toString('base64url'),
  auth: Buffer.alloc(16, 7).toString('base64url'),
};

/** A store with a rule, and deliveries on it that are started and stopped; time passes when it is told. */
export async function createDesk(given: Partial<DeliverySettings> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'alert-desk-'));
  const clock = createManualClock(Date.now());
  const queue = createMemoryQueue();
  const lines: string[] = [];
  const logger = createLogger('debug', { write: (line: string) => lines.push(line) });
  const file = join(folder, 'alerts.db');
  const store: AlertStore = await createSqliteAlertStore({ file });
  const secrets = await openAlertSecrets({ secret: undefined, file: join(folder, 'alerts-key.json'), store });
  const settings = deliverySettings({ checkMs: 5, ...given });
  const rule = destinationRule(settings);
  await store.createRules([alertRule()], 10);
  const lease = (await store.lease(0, 'w1', clock.now(), 1e12)) as Lease;
  const running: ReturnType<typeof createDelivery>[] = [];
  const suspended = new Set<string>();

  /** A process that delivers, and its channels. */
  const start = async () => {
    const senders = createSenders({ settings, rule, vapid: secrets.vapid, clock, addressesOf });
    const isSuspended = (owner: string) => suspended.has(owner);
    const parts = {
      store,
      queue,
      senders,
      secrets,
      settings,
      clock,
      logger,
      registry: new Registry(),
      isSuspended,
    };
    const delivery = createDelivery({ ...parts, random: () => 0 });
    const targets = { destinations: rule, hasMail: settings.smtp !== undefined };
    const channels = createChannels({ store, secrets, delivery, targets, settings, clock });
    await delivery.start();
    running.push(delivery);
    return { delivery, channels };
  };
  const { delivery, channels } = await start();

  return {
    ...{ store, clock, lines, file, channels, delivery, start, suspended },
    pass(ms: number) {
      clock.set(clock.now() + ms);
    },
    async channel(target: ChannelTarget, name = 'Desk'): Promise<string> {
      return (await channels.create(OWNER, { name, target })).channel.id;
    },
    /** The rule fires. */
    async fire(id: string, fields: Partial<NewFiring>): Promise<void> {
      await store.commit(lease, batch({ atMs: clock.now(), firings: [firing(id, fields)] }));
    },
    /** Oldest first. */
    async attempts(): Promise<DeliveryAttempt[]> {
      return (await store.attempts({ owner: 'u1', limit: 100 })).toReversed();
    },
    async stopDeliveries(leftMs = 60_000): Promise<void> {
      await Promise.all(running.splice(0).map((each) => each.stop(leftMs)));
    },
    async remove(): Promise<void> {
      await Promise.all(running.splice(0).map((each) => each.stop(60_000)));
      await queue.close();
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

export type Desk = Awaited<ReturnType<typeof createDesk>>;
