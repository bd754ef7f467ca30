import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../../../kit/lifecycle/bounded-wait.ts';
import type { Clock } from '../../../ports/clock.ts';
import { createPost } from './post.ts';
import { allAgain, type Outcome, type WaitingEntry } from './protocols/protocol.ts';
import type { ShipSettings } from './ship-settings.ts';
import type { Spool } from './spool.ts';
import type { ShipTarget } from './targets.ts';

/** What happens to the entries of one target; all of it is counted, and some of it told. */
export interface SenderEvents {
  shipped(count: number): void;
  retried(reason: string, count: number): void;
  refused(reason: string, count: number): void;
  failing(reason: string): void;
  recovered(): void;
}

export interface SenderParts {
  readonly target: ShipTarget;
  readonly spool: Spool;
  readonly clock: Clock;
  readonly settings: ShipSettings;
  readonly events: SenderEvents;
  /** In 0 to 1; tests choose it. */
  readonly random?: () => number;
}

/** Sends what waits in the spool of one target, one batch at a time, in order. */
export interface Sender {
  start(): void;
  /** Entries came: they are sent when they are many, or old enough. */
  wake(): void;
  /** Lets the request under way end within the time; what is left waits in the spool for the next start. */
  stop(timeoutMs: number): Promise<void>;
  state(): SenderState;
}

export interface SenderState {
  /** Why the last try failed, and when that began on the monotonic clock; null when it did not. */
  readonly failing: { readonly reason: string; readonly sinceMs: number } | null;
  /** Since when the oldest entry waits, epoch ms; null where none does. */
  readonly oldestAt: number | null;
}

/** A wait may be shorter and longer by this share, so that several instances do not come at once. */
const JITTER = 0.5;
const NOT_ENCODED = 'not_encoded';
/** Of what a target asks for, which is never made shorter. */
const RETRY_AFTER_JITTER = 0.1;

export function createSender({
  target,
  spool,
  clock,
  settings,
  events,
  random = Math.random,
}: SenderParts): Sender {
  const stopping = new AbortController();
  const cut = new AbortController();
  const post = createPost({
    target,
    timeoutMs: settings.requestTimeoutMs,
    signal: cut.signal,
    now: clock.now,
  });
  let failing: SenderState['failing'] = null;
  let oldestAt: number | null = null;
  let wakeUp: () => void = () => {};
  let running: Promise<void> | null = null;
  /** Entries sent at once: fewer after a target that called them too many. */
  let most = settings.batchEntries;

  const isFull = () => {
    const { entries, bytes } = spool.waiting();
    return entries >= settings.batchEntries || bytes >= settings.batchBytes;
  };
  const wait = (ms: number, signal = stopping.signal) =>
    sleep(ms, undefined, { signal }).catch(() => undefined);

  /** Resolves when a batch is due, or shipping stops. */
  const due = async () => {
    while (!stopping.signal.aborted && !isFull()) {
      const woken = new Promise<void>((resolve) => {
        wakeUp = resolve;
      });
      const isWaiting = spool.waiting().entries > 0;
      if (isWaiting) oldestAt ??= clock.now();
      const left = isWaiting && oldestAt !== null ? oldestAt + settings.batchAgeMs - clock.now() : null;
      if (left !== null && left <= 0) return;
      // A clock that was set back shall not hold up a batch.
      await (left === null ? woken : within(Math.min(left, settings.batchAgeMs), woken, () => undefined));
    }
  };

  const backoffMs = (tries: number, retryAfterMs: number | null): number => {
    const doubled = Math.min(settings.retryMaxMs, settings.retryFirstMs * 2 ** Math.min(tries - 1, 30));
    const own = doubled * (1 - JITTER + 2 * JITTER * random());
    return Math.max(own, (retryAfterMs ?? 0) * (1 + RETRY_AFTER_JITTER * random()));
  };

  const count = ({ shipped, refused, retry, reason }: Outcome) => {
    if (shipped > 0) events.shipped(shipped);
    for (const [why, entries] of Object.entries(refused)) if (entries > 0) events.refused(why, entries);
    if (retry.length > 0) events.retried(reason ?? 'unknown', retry.length);
  };

  /** An entry that cannot be said in the protocol shall not hold up others: it is found as one that is too large. */
  const send = (part: readonly WaitingEntry[]): Promise<Outcome> =>
    target.protocol.send(part, post).catch((error) => {
      if (cut.signal.aborted) throw error;
      return { ...allAgain(part, NOT_ENCODED), isTooLarge: true };
    });

  const fails = (reason: string) => {
    if (failing === null) events.failing(reason);
    failing = { reason, sinceMs: failing?.sinceMs ?? clock.monotonicMs() };
  };

  /** Until each entry is shipped or refused. Rejects when shipping stops. */
  const sendAll = async (entries: readonly WaitingEntry[]) => {
    let hand = entries;
    for (let tries = 0; hand.length > 0; ) {
      if (stopping.signal.aborted) throw stopping.signal.reason;
      const part = hand.slice(0, most);
      const outcome = await send(part);
      const isOneTooLarge = outcome.isTooLarge && part.length === 1;
      const why = outcome.reason === NOT_ENCODED ? NOT_ENCODED : 'too_large';
      count(isOneTooLarge ? { ...outcome, refused: { [why]: 1 }, retry: [] } : outcome);
      hand = [...(isOneTooLarge ? [] : outcome.retry), ...hand.slice(part.length)];
      if (outcome.isTooLarge && !isOneTooLarge) {
        most = Math.ceil(part.length / 2);
        continue;
      }
      if (outcome.retry.length === 0 || isOneTooLarge) {
        tries = 0;
        most = Math.min(settings.batchEntries, most * 2);
        if (failing !== null) events.recovered();
        failing = null;
        continue;
      }
      tries += 1;
      fails(outcome.reason ?? 'unknown');
      await wait(backoffMs(tries, outcome.retryAfterMs));
    }
  };

  const run = async () => {
    for (;;) {
      await due();
      if (stopping.signal.aborted) return;
      const batch = await spool.peek(settings.batchEntries, settings.batchBytes).catch(() => undefined);
      if (batch === undefined) {
        fails('spool');
        await wait(settings.retryMaxMs);
        continue;
      }
      if (batch === null) {
        oldestAt = null;
        continue;
      }
      oldestAt = batch.entries[0]?.at ?? oldestAt;
      await sendAll(batch.entries);
      // Not noted on a full disk: sent again after a restart, and not before.
      await spool.passed().catch(() => undefined);
      oldestAt = spool.waiting().entries > 0 ? clock.now() : null;
    }
  };

  return {
    start() {
      running ??= run().catch(() => undefined);
    },
    wake: () => wakeUp(),
    async stop(timeoutMs) {
      stopping.abort(new Error('shipping stops'));
      wakeUp();
      await within(timeoutMs, running ?? Promise.resolve(), () => cut.abort(stopping.signal.reason));
      await running;
    },
    state: () => ({ failing, oldestAt }),
  };
}
