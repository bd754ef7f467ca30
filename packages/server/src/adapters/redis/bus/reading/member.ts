import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { isPermanent, reasonOf } from '../../../../kit/errors.ts';
import type { Consumer, Delivery, FrameHandler, Position } from '../../../../ports/bus.ts';
import { whenReady } from '../../connection.ts';
import { AWAY_MS, attentionMs, RETRY_MS, type RedisBusSettings } from '../settings.ts';
import type { RedisTopic } from '../topic/topic.ts';
import { contextOf } from './entry-context.ts';
import { buryFrame, claimFrames, ensureGroup, forgetConsumer } from './group-scripts.ts';

export interface MemberParts {
  /** For commands that are done at once. */
  readonly commands: Redis;
  /** For the blocking read, this member's own. */
  readonly reader: Redis;
  readonly topic: RedisTopic;
  readonly group: string;
  /** Unique among the members of the group. */
  readonly consumer: string;
  readonly concurrency: number;
  readonly handler: FrameHandler;
  readonly settings: RedisBusSettings;
}

const NO_GROUP = /NOGROUP|UNBLOCKED|no such key/;

/**
 * A member of a consumer group. It asks for as many frames as it has room for and no more, so that
 * nothing lies in its memory unhandled when it stops or dies.
 */
export function startMember(parts: MemberParts): Consumer {
  const { commands, reader, topic, group, consumer, settings } = parts;
  let { concurrency } = parts;
  const { keys, figures } = topic;
  const logger = settings.logger.child({ topic: topic.name, group });
  const attention = attentionMs(settings);
  const running = new Map<Position, { readonly run: Promise<void>; refreshedAt: number }>();
  const acknowledging = new Set<Promise<unknown>>();
  const stopping = new AbortController();
  let wake = () => {};
  let cursor = '0-0';
  let claimDueAt = 0;
  let stopped: Promise<void> | null = null;

  const track = (work: Promise<unknown>) => {
    acknowledging.add(work);
    work.finally(() => acknowledging.delete(work));
  };

  let handled: Position[] = [];
  /** Handled frames of which the server knew no more: not lost, should it have lost them. */
  let handledUnknown = 0;

  /** One command for all that were handled in this turn. Lost, it costs a second delivery, never a frame. */
  const sendAcknowledgements = () => {
    const positions = handled;
    handled = [];
    return commands.xack(keys.frames, group, ...positions).then(
      (count) => {
        figures.acknowledged(group, count);
        handledUnknown += positions.length - count;
      },
      (error) =>
        logger.event('frames_not_acknowledged', { frames: positions.length, reason: reasonOf(error) }),
    );
  };

  const acknowledge = (position: Position) => {
    handled.push(position);
    if (handled.length === 1) track(nextTurn().then(sendAcknowledgements));
  };

  const bury = ({ position, frame, deliveries }: Delivery, error: unknown) => {
    const values = [group, Date.now(), settings.maxDeadLetters, position, asBuffer(frame), deliveries];
    track(
      buryFrame(commands, [keys.frames, keys.dead, keys.totals], [...values, reasonOf(error)]).then(
        () => figures.buried(group, 1),
        (failure) => logger.event('dead_letter_waiting', { position, reason: reasonOf(failure) }),
      ),
    );
  };

  const handle = async (delivery: Delivery) => {
    try {
      await parts.handler(delivery);
      acknowledge(delivery.position);
    } catch (error) {
      if (isPermanent(error) || delivery.deliveries >= settings.maxDeliveries) bury(delivery, error);
    } finally {
      running.delete(delivery.position);
      wake();
    }
  };

  const deliver = (delivery: Delivery) => {
    // Taken over from itself after a long silence: it is still being handled here.
    if (running.has(delivery.position)) return;
    running.set(delivery.position, { run: handle(delivery), refreshedAt: performance.now() });
  };

  const claim = async (room: number) => {
    claimDueAt = performance.now() + attention;
    const [next, taken, buried] = (await claimFrames(
      commands,
      [keys.frames, keys.dead, keys.totals],
      [
        ...[group, Date.now(), settings.maxDeadLetters, consumer, settings.visibilityMs, cursor, room],
        ...[
          settings.maxDeliveries,
          `no response from its consumer at any of ${settings.maxDeliveries} deliveries`,
        ],
      ],
    )) as [Buffer, [Buffer, Buffer, number, Buffer | null][], number];
    cursor = next.toString();
    // A dead member may have held more than there is room for: the rest is not left waiting for another turn.
    if (taken.length > 0) claimDueAt = 0;
    figures.redelivered(group, taken.length);
    for (let i = 0; i < buried; i++) figures.buried(group, 1);
    for (const [position, frame, deliveries, context] of taken) {
      deliver({ position: position.toString(), frame, deliveries, context: context?.toString() });
    }
  };

  const read = async (room: number) => {
    const block = Math.max(1, Math.min(attention, claimDueAt - performance.now()));
    const reply = (await reader.callBuffer(
      ...(['XREADGROUP', 'GROUP', group, consumer, 'COUNT', room, 'BLOCK', Math.ceil(block)] as const),
      ...(['STREAMS', keys.frames, '>'] as const),
    )) as [Buffer, [Buffer, Buffer[] | null][]][] | null;
    for (const [position, fields] of reply?.[0]?.[1] ?? []) {
      if (!fields) continue;
      deliver({ position: position.toString(), frame: fields[1], deliveries: 1, context: contextOf(fields) });
    }
  };

  const recover = async (error: unknown) => {
    if (stopping.signal.aborted) return;
    const reason = reasonOf(error);
    if (NO_GROUP.test(reason)) {
      await renewGroup(reason);
      cursor = '0-0';
    } else if (reader.status === 'ready' && commands.status === 'ready') {
      logger.event('frames_not_read', { reason });
      await pause(RETRY_MS);
    } else {
      await Promise.all([whenReady(reader, AWAY_MS), whenReady(commands, AWAY_MS)]);
      if (reader.status === 'end' || commands.status === 'end') await pause(RETRY_MS);
    }
  };

  /**
   * The server lost its data, or another took its place. What the group had not handled is gone with it, and is
   * counted by the one member that makes the group anew; what this member has under way is not lost.
   */
  const renewGroup = async (reason: string) => {
    // What was handled a moment ago counts as handled, whatever the server answers.
    await Promise.allSettled(acknowledging);
    const lost = Math.max(0, figures.leftOf(group) - running.size - handledUnknown);
    handledUnknown = 0;
    const made = await ensureGroup(commands, [keys.frames], [group]).catch(() => 0);
    if (made !== 1) return;
    logger.event('group_made_anew', { reason, lost });
    if (lost === 0) return;
    figures.lost(group, lost);
    await commands
      .hincrby(keys.totals, `lost:${group}`, lost)
      .catch((error) => logger.event('loss_not_counted', { lost, reason: reasonOf(error) }));
  };

  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);

  const loop = async () => {
    while (!stopping.signal.aborted) {
      const room = concurrency - running.size;
      if (room <= 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        // Others may end in the same turn; the more room, the more frames come with one response.
        await nextTurn();
        continue;
      }
      try {
        if (performance.now() >= claimDueAt) await claim(room);
        else await read(room);
      } catch (error) {
        await recover(error);
      }
    }
  };

  /** A frame that is being handled stays this member's, however long it takes: only silence gives it to another. */
  const refresh = () => {
    const now = performance.now();
    const due = [...running].filter(([, { refreshedAt }]) => now - refreshedAt >= attention);
    if (due.length === 0 || commands.status !== 'ready') return;
    for (const [, entry] of due) entry.refreshedAt = now;
    const positions = due.map(([position]) => position);
    commands
      .call('XCLAIM', keys.frames, group, consumer, 0, ...positions, 'JUSTID')
      .catch((error) => logger.event('frames_not_confirmed', { reason: reasonOf(error) }));
  };

  const refreshing = setInterval(refresh, attention);
  const looping = loop();

  const finish = async () => {
    stopping.abort();
    wake();
    await looping;
    await Promise.all([...running.values()].map(({ run }) => run));
    clearInterval(refreshing);
    await Promise.all(acknowledging);
    reader.disconnect();
    await forgetConsumer(commands, [keys.frames], [group, consumer]).catch(() => undefined);
  };

  return {
    setConcurrency(next) {
      concurrency = next;
      wake();
    },
    stop() {
      stopped ??= finish();
      return stopped;
    },
  };
}

const asBuffer = (frame: Uint8Array): Buffer => Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
