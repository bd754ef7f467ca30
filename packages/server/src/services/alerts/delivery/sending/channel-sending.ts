import { randomUUID } from 'node:crypto';
import type { ChannelKind } from '@deltastream/contracts';
import type { Logger } from '../../../../kit/logging/log.ts';
import type { SealedBox } from '../../../../kit/secrets/sealed-box.ts';
import type { Clock } from '../../../../ports/clock.ts';
import type {
  AlertChannel,
  ChannelNote,
  DeliveryAttempt,
  WaitingMessage,
} from '../../../../ports/stores/alerts/alert-records.ts';
import type { AlertStore } from '../../../../ports/stores/alerts/alert-store.ts';
import { type AlertMessage, testMessage } from '../messages/alert-message.ts';
import { openTarget, sealTarget } from '../secrets/alert-secrets.ts';
import type { Sender, SendResult, StoredTarget } from '../senders/sender.ts';
import type { DeliverySettings } from '../settings.ts';
import type { DeliveryMetrics } from './delivery-metrics.ts';
import { createRetrySchedule } from './retry-schedule.ts';
import type { Senders } from './senders.ts';
import { shownTarget } from './shown-target.ts';

export type DeliveryStore = Pick<
  AlertStore,
  | 'channel'
  | 'putChannel'
  | 'noteChannel'
  | 'undelivered'
  | 'handOver'
  | 'channelsDue'
  | 'nextMessage'
  | 'postponeMessage'
  | 'endMessage'
  | 'dropWaiting'
  | 'noteAttempt'
>;

export interface ChannelSendingParts {
  readonly store: DeliveryStore;
  readonly senders: Senders;
  readonly targets: SealedBox;
  readonly settings: DeliverySettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: DeliveryMetrics;
  /** Through channels of whom nothing is sent. */
  readonly isSuspended: (owner: string) => boolean;
  /** In 0 to 1. */
  readonly random?: () => number;
}

export interface ChannelSending {
  /**
   * Sends what is due through a channel, one message after the other, until nothing is. Each try is noted. Rejects where
   * the store fails: what was sent but not noted is sent again, with the same id.
   */
  sendDue(channelId: string, cut: AbortSignal): Promise<void>;
  /** One try of a test message, whatever waits, which is noted, too. */
  test(channel: AlertChannel, cut: AbortSignal): Promise<DeliveryAttempt>;
}

export function createChannelSending(parts: ChannelSendingParts): ChannelSending {
  const { store, senders, targets, settings, clock, logger, metrics } = parts;
  const schedule = createRetrySchedule(settings, parts.random);
  const paces: Readonly<Record<ChannelKind, number>> = {
    email: settings.emailPaceMs,
    webhook: settings.webhookPaceMs,
    telegram: settings.telegramPaceMs,
    ntfy: settings.ntfyPaceMs,
    slack: settings.slackPaceMs,
    discord: settings.discordPaceMs,
    web_push: settings.webPushPaceMs,
  };

  let noted = 0;
  /** Attempts of the same millisecond are listed by their ids: in the order in which they were made. */
  const newAttemptId = (): string => {
    noted += 1;
    return `${String(noted).padStart(10, '0')}-${randomUUID()}`;
  };

  const send = async (
    channel: AlertChannel,
    message: AlertMessage,
    cut: AbortSignal,
  ): Promise<SendResult & { readonly durationMs: number }> => {
    const begun = clock.monotonicMs();
    const result = await sendOpened(channel, message, cut);
    return { ...result, durationMs: Math.round(clock.monotonicMs() - begun) };
  };

  const sendOpened = async (channel: AlertChannel, message: AlertMessage, cut: AbortSignal) => {
    let target: StoredTarget;
    try {
      target = openTarget(targets, channel);
    } catch {
      const reason = 'its target cannot be read any more; enter it again';
      return { outcome: 'gone', status: null, reason } satisfies SendResult;
    }
    // The kind of the target is the kind of its sender.
    return (senders[channel.kind] as Sender).send(target as never, message, cut);
  };

  const noteAttempt = async (
    channel: AlertChannel,
    message: AlertMessage,
    attempt: number,
    outcome: DeliveryAttempt['outcome'],
    { status, durationMs, ...result }: SendResult & { readonly durationMs: number },
  ): Promise<DeliveryAttempt> => {
    const noted: DeliveryAttempt = {
      id: newAttemptId(),
      owner: channel.owner,
      channelId: channel.id,
      channel: channel.name,
      kind: channel.kind,
      firingIds: message.test ? [] : message.firings.map(({ id }) => id),
      test: message.test,
      attempt,
      at: clock.now(),
      outcome,
      status,
      reason: 'reason' in result ? result.reason : null,
      durationMs,
    };
    metrics.attempted(channel.kind, outcome, durationMs);
    await store.noteAttempt(noted);
    return noted;
  };

  /** How a channel stands is told when it changes; its owner may have changed it meanwhile, which then holds. */
  const note = async (channel: AlertChannel, changed: Partial<ChannelNote>): Promise<void> => {
    const { status, reason, lastDeliveredAt, notBefore } = { ...channel, ...changed };
    await store.noteChannel(channel.id, channel.version, { status, reason, lastDeliveredAt, notBefore });
    if (status === channel.status) return;
    const fields = { channel_id: channel.id, kind: channel.kind, user_id: channel.owner, reason };
    if (status === 'disabled') logger.event('alert_channel_disabled', fields);
    else if (status === 'failing') logger.event('alert_channel_failing', fields);
    else logger.event('alert_channel_recovered', fields);
  };

  const disable = async (channel: AlertChannel, reason: string): Promise<void> => {
    const dropped = await store.dropWaiting(channel.id);
    metrics.dropped(dropped);
    await note(channel, { status: 'disabled', reason });
  };

  /** Where a target was moved, under the version of its own that the change has. */
  const moved = async (channel: AlertChannel, target: StoredTarget): Promise<AlertChannel> => {
    const changed = {
      ...channel,
      version: channel.version + 1,
      sealedTarget: sealTarget(targets, channel, target),
      shown: shownTarget(target),
    };
    return (await store.putChannel(changed, channel.version)) ? changed : channel;
  };

  /** False: nothing is sent through the channel for now. */
  const settle = async (
    channel: AlertChannel,
    waiting: WaitingMessage,
    message: AlertMessage,
    result: SendResult & { readonly durationMs: number },
  ): Promise<boolean> => {
    const now = clock.now();
    const attempts = waiting.attempts + 1;
    const notBefore = now + paces[channel.kind];
    switch (result.outcome) {
      case 'delivered': {
        await noteAttempt(channel, message, attempts, 'delivered', result);
        await store.endMessage(waiting.id);
        const current = result.moved === undefined ? channel : await moved(channel, result.moved);
        await note(current, { status: 'ready', reason: null, lastDeliveredAt: now, notBefore });
        return notBefore <= now;
      }
      case 'retry': {
        const waitMs = schedule.beforeNextTry(attempts, result.retryAfterMs);
        await noteAttempt(channel, message, attempts, waitMs === null ? 'failed' : 'retried', result);
        if (waitMs === null) {
          metrics.dropped(waiting.firings.length);
          await store.endMessage(waiting.id);
          if ((channel.lastDeliveredAt ?? 0) < waiting.since) {
            await disable(channel, `nothing could be delivered in ${attempts} tries: ${result.reason}`);
            return false;
          }
        } else await store.postponeMessage(waiting.id, attempts, now + waitMs);
        const pauseMs = schedule.beforeOthers(attempts, result.retryAfterMs);
        await note(channel, {
          ...{ status: 'failing', reason: result.reason },
          notBefore: Math.max(notBefore, now + pauseMs),
        });
        return false;
      }
      case 'gone':
        await noteAttempt(channel, message, attempts, 'failed', result);
        await disable(channel, result.reason);
        return false;
      case 'failed':
      case 'refused':
        await noteAttempt(channel, message, attempts, result.outcome, result);
        metrics.dropped(waiting.firings.length);
        await store.endMessage(waiting.id);
        await note(channel, { status: 'failing', reason: result.reason, notBefore });
        return notBefore <= now;
    }
  };

  return {
    async sendDue(channelId, cut) {
      for (;;) {
        const channel = await store.channel(channelId);
        if (channel === null) return;
        if (channel.status === 'disabled' || parts.isSuspended(channel.owner)) {
          metrics.dropped(await store.dropWaiting(channelId));
          return;
        }
        const most = channel.kind === 'webhook' ? settings.webhookFirings : settings.mergedFirings;
        const waiting = await store.nextMessage(channelId, newMessageId(), clock.now(), most);
        if (waiting === null || cut.aborted) return;
        const message = { id: waiting.id, test: false, firings: waiting.firings };
        const result = await send(channel, message, cut);
        // It was not the target that failed: the next start sends it, as the same message.
        if (cut.aborted && result.outcome === 'retry') return;
        if (!(await settle(channel, waiting, message, result))) return;
      }
    },

    async test(channel, cut) {
      const message = testMessage(newMessageId(), channel.name, clock.now());
      const result = await send(channel, message, cut);
      const outcome =
        result.outcome === 'delivered' || result.outcome === 'refused' ? result.outcome : 'failed';
      const attempt = await noteAttempt(channel, message, 1, outcome, result);
      if (result.outcome === 'delivered' && channel.status !== 'disabled') {
        const current = result.moved === undefined ? channel : await moved(channel, result.moved);
        await note(current, { status: 'ready', reason: null, lastDeliveredAt: clock.now() });
      }
      return attempt;
    },
  };
}

/** Of Standard Webhooks: without a full stop, which separates it from the time in what is signed. */
const newMessageId = (): string => `msg_${randomUUID().replaceAll('-', '')}`;
