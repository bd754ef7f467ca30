import { randomUUID } from 'node:crypto';
import type {
  ALERT_OWNERS,
  AlertChannelView,
  AlertDeliveryView,
  ChannelTarget,
} from '@deltastream/contracts';
import { type AttemptLimit, createAttemptLimit } from '../../../kit/access/attempt-limits.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type {
  AlertChannel,
  AttemptQuery,
  DeliveryAttempt,
} from '../../../ports/stores/alerts/alert-records.ts';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import { type AlertSecrets, openTarget, sealTarget } from '../delivery/secrets/alert-secrets.ts';
import type { SigningSecrets, StoredTarget } from '../delivery/senders/sender.ts';
import { newSigningSecret } from '../delivery/senders/webhook-signature.ts';
import type { Delivery } from '../delivery/sending/delivery.ts';
import { shownTarget } from '../delivery/sending/shown-target.ts';
import type { DeliverySettings } from '../delivery/settings.ts';
import { type Caller, isTheirs, ownerNamed, ownerView } from '../owners.ts';
import { requireStorable } from '../storable-text.ts';
import { type TargetRule, targetProblem } from './target-problem.ts';

export interface ChannelsParts {
  readonly store: Pick<
    AlertStore,
    'createChannel' | 'channel' | 'channelsOf' | 'putChannel' | 'removeChannel' | 'attempts'
  >;
  readonly secrets: AlertSecrets;
  readonly delivery: Pick<Delivery, 'test' | 'wake'>;
  readonly targets: TargetRule;
  readonly settings: Pick<DeliverySettings, 'maxChannels' | 'testsPerMinute' | 'formerSecretSeconds'>;
  readonly clock: Clock;
}

type Owner = (typeof ALERT_OWNERS)[number];

export interface ChangedChannel {
  readonly channel: AlertChannelView;
  readonly signing_secret: string | null;
}

export interface ChannelChange {
  readonly version: number;
  readonly name?: string;
  readonly enabled?: boolean;
  readonly target?: ChannelTarget;
  readonly rotate_secret?: boolean;
}

/** Channels of the caller. What is another's is `not_found`. */
export interface Channels {
  list(caller: Caller, owner: Owner | undefined): Promise<AlertChannelView[]>;
  create(
    caller: Caller,
    given: { readonly name: string; readonly target: ChannelTarget; readonly owner?: Owner },
  ): Promise<ChangedChannel>;
  get(caller: Caller, id: string): Promise<AlertChannelView>;
  put(caller: Caller, id: string, change: ChannelChange): Promise<ChangedChannel>;
  remove(caller: Caller, id: string): Promise<void>;
  test(caller: Caller, id: string): Promise<AlertDeliveryView>;
  deliveries(caller: Caller, query: DeliveriesQuery): Promise<DeliveriesPage>;
  /** The public key with which browsers subscribe. */
  pushKey(): string;
}

export interface DeliveriesQuery {
  readonly owner?: Owner;
  readonly channel_id?: string;
  readonly firing_id?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export interface DeliveriesPage {
  readonly deliveries: AlertDeliveryView[];
  readonly next_cursor: string | null;
}

const MINUTE_SECONDS = 60; // Of the setting's name.
const DEFAULT_PAGE = 100;

export function createChannels(parts: ChannelsParts): Channels {
  const { store, secrets, delivery, targets, settings, clock } = parts;
  const testLimit: AttemptLimit = createAttemptLimit({
    windowSeconds: MINUTE_SECONDS,
    attempts: settings.testsPerMinute,
  });

  const found = async (caller: Caller, id: string): Promise<AlertChannel> => {
    const channel = await store.channel(id);
    if (channel !== null && isTheirs(caller, channel.owner)) return channel;
    throw new DeltaStreamError('not_found', `id: there is no channel ${id}`);
  };

  const usable = (target: ChannelTarget): void => {
    const problem = targetProblem(target, targets);
    if (problem !== null) throw new DeltaStreamError('invalid_request', problem);
  };

  /** The target with the secret that it had, or a new one: each webhook has its own. */
  const withSigning = (
    target: ChannelTarget,
    had: SigningSecrets | undefined,
    rotate: boolean,
  ): { readonly stored: StoredTarget; readonly made: string | null } => {
    if (target.kind !== 'webhook') return { stored: target, made: null };
    if (had !== undefined && !rotate) return { stored: { ...target, signing: had }, made: null };
    const secret = newSigningSecret();
    const untilMs = clock.now() + settings.formerSecretSeconds * 1_000;
    const former = had === undefined ? undefined : { secret: had.secret, untilMs };
    return { stored: { ...target, signing: { secret, former } }, made: secret };
  };

  /** Null: it cannot be opened any more, and another is given in its place. */
  const formerTarget = (channel: AlertChannel, isReplaced: boolean): StoredTarget | null => {
    try {
      return openTarget(secrets.targets, channel);
    } catch (error) {
      if (isReplaced) return null;
      throw error;
    }
  };

  return {
    async list(caller, owner) {
      return (await store.channelsOf(ownerNamed(caller, owner))).map(channelView);
    },

    async create(caller, { name, target, owner: named }) {
      const owner = ownerNamed(caller, named);
      requireStorable('name', name);
      usable(target);
      const id = randomUUID();
      const { stored, made } = withSigning(target, undefined, false);
      const channel: AlertChannel = {
        ...{ id, owner, version: 1, name, kind: target.kind },
        sealedTarget: sealTarget(secrets.targets, { id, owner }, stored),
        shown: shownTarget(stored),
        createdAt: clock.now(),
        ...{ status: 'ready', reason: null, lastDeliveredAt: null, notBefore: 0 },
      };
      if (await store.createChannel(channel, settings.maxChannels)) {
        return { channel: channelView(channel), signing_secret: made };
      }
      throw new DeltaStreamError('limit_reached', `an account may have ${settings.maxChannels} channels`);
    },

    get: async (caller, id) => channelView(await found(caller, id)),

    async put(caller, id, { version, name, enabled, target, rotate_secret: rotate = false }) {
      const channel = await found(caller, id);
      requireStorable('name', name);
      if (target !== undefined && target.kind !== channel.kind) {
        throw new DeltaStreamError('invalid_request', `target.kind: the channel is one of ${channel.kind}`);
      }
      if (rotate && channel.kind !== 'webhook') {
        throw new DeltaStreamError('invalid_request', 'rotate_secret: only a webhook has a secret');
      }
      if (target !== undefined) usable(target);
      const isResealed = target !== undefined || rotate;
      const had = isResealed ? formerTarget(channel, target !== undefined) : null;
      const next = target ?? (had === null ? null : withoutSigning(had));
      const resealed = next === null ? null : withSigning(next, had?.signing, rotate);
      const changed: AlertChannel = {
        ...channel,
        version: channel.version + 1,
        name: name ?? channel.name,
        ...(resealed !== null && {
          sealedTarget: sealTarget(secrets.targets, channel, resealed.stored),
          shown: shownTarget(resealed.stored),
        }),
        ...standingAfter(channel, enabled, target !== undefined),
      };
      if (channel.version !== version || !(await store.putChannel(changed, version))) {
        throw new DeltaStreamError('version_conflict', `version: another than ${version} is stored`);
      }
      delivery.wake();
      return { channel: channelView(changed), signing_secret: resealed?.made ?? null };
    },

    async remove(caller, id) {
      const channel = await found(caller, id);
      if (await store.removeChannel(channel.owner, id)) return;
      throw new DeltaStreamError('not_found', `id: there is no channel ${id}`);
    },

    async test(caller, id) {
      const channel = await found(caller, id);
      await testLimit.count(caller.owner);
      return deliveryView(await delivery.test(channel));
    },

    async deliveries(caller, { owner, channel_id, firing_id, limit = DEFAULT_PAGE, cursor }) {
      requireStorable('channel_id', channel_id);
      requireStorable('firing_id', firing_id);
      const query: AttemptQuery = {
        owner: ownerNamed(caller, owner),
        channelId: channel_id,
        firingId: firing_id,
        before: cursor === undefined ? undefined : readCursor(cursor),
        limit: limit + 1,
      };
      const attempts = await store.attempts(query);
      const page = attempts.slice(0, limit);
      return {
        deliveries: page.map(deliveryView),
        next_cursor: attempts.length > limit ? cursorAfter(page[page.length - 1]) : null,
      };
    },

    pushKey: () => secrets.vapid.publicKey,
  };
}

/** A channel that is given another target, or enabled again, begins anew; a disabled one stays so until it is enabled. */
function standingAfter(
  { status, reason, notBefore }: AlertChannel,
  enabled: boolean | undefined,
  isRetargeted: boolean,
): Pick<AlertChannel, 'status' | 'reason' | 'notBefore'> {
  if (enabled === false) return { status: 'disabled', reason: 'by its owner', notBefore };
  const isAnew = status === 'disabled' ? enabled === true : isRetargeted;
  return isAnew ? { status: 'ready', reason: null, notBefore: 0 } : { status, reason, notBefore };
}

function withoutSigning({ signing: _, ...target }: StoredTarget): ChannelTarget {
  return target as ChannelTarget;
}

const channelView = (channel: AlertChannel): AlertChannelView => ({
  id: channel.id,
  version: channel.version,
  owner: ownerView(channel.owner),
  name: channel.name,
  kind: channel.kind,
  target: channel.shown,
  status: channel.status,
  reason: channel.reason,
  created_at: new Date(channel.createdAt).toISOString(),
  last_delivered_at:
    channel.lastDeliveredAt === null ? null : new Date(channel.lastDeliveredAt).toISOString(),
});

const deliveryView = (attempt: DeliveryAttempt): AlertDeliveryView => ({
  id: attempt.id,
  channel_id: attempt.channelId,
  channel: attempt.channel,
  kind: attempt.kind,
  firing_ids: [...attempt.firingIds],
  test: attempt.test,
  attempt: attempt.attempt,
  at: new Date(attempt.at).toISOString(),
  outcome: attempt.outcome,
  status: attempt.status,
  reason: attempt.reason,
  duration_ms: attempt.durationMs,
});

/** Opaque to callers. */
const cursorAfter = ({ at, id }: DeliveryAttempt): string => Buffer.from(`${at} ${id}`).toString('base64url');

function readCursor(cursor: string): { readonly at: number; readonly id: string } {
  const [, at, id] = /^(\d{1,16}) ([\w-]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (id !== undefined) return { at: Number(at), id };
  throw new DeltaStreamError('invalid_request', 'cursor: is not one that an earlier response gave');
}
