import type { LogEntry } from '../../../../ports/stores/logs/log-store.ts';

/** An entry as it waits for a target. `key` is its own for good: a target that is sent it again can tell. */
export interface WaitingEntry {
  readonly key: string;
  /** When it was stored, epoch ms. */
  readonly at: number;
  readonly entry: LogEntry;
}

/** What became of the entries of one try: each is shipped, refused or to be tried again. */
export interface Outcome {
  readonly shipped: number;
  /** For good, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly retry: readonly WaitingEntry[];
  /** Why those are to be tried again; null where there are none. */
  readonly reason: string | null;
  /** What the target asks to wait at least, ms. */
  readonly retryAfterMs: number | null;
  /** The request was too large for the target: fewer at once may pass. */
  readonly isTooLarge: boolean;
}

/** What a target answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfterMs: number | null;
}

/** No answer; `reason` is one of a few words, for a metric. */
export interface NoAnswer {
  readonly status: null;
  readonly reason: 'timeout' | 'connection' | 'answer_too_long';
}

/** Whether a target took what was sent: each success says so, also one that a proxy gives for it. */
export const isSuccess = (answer: Answer | NoAnswer): answer is Answer =>
  answer.status !== null && answer.status >= 200 && answer.status <= 299;

export interface PostedBody {
  /** Added to the path of the target. */
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one request to the target; never rejects, except when shipping stops. */
export type Post = (body: PostedBody) => Promise<Answer | NoAnswer>;

/** How entries are sent by one protocol, and what its answers mean. */
export interface ShipProtocol {
  send(entries: readonly WaitingEntry[], post: Post): Promise<Outcome>;
}

const NOTHING = { shipped: 0, refused: {}, retry: [], reason: null, retryAfterMs: null, isTooLarge: false };

export const allShipped = (entries: readonly WaitingEntry[], refused: Outcome['refused'] = {}): Outcome => {
  const gone = Object.values(refused).reduce((sum, count) => sum + count, 0);
  return { ...NOTHING, shipped: entries.length - gone, refused };
};

export const allRefused = (entries: readonly WaitingEntry[], reason: string): Outcome => ({
  ...NOTHING,
  refused: { [reason]: entries.length },
});

export const allAgain = (
  entries: readonly WaitingEntry[],
  reason: string,
  retryAfterMs: number | null = null,
): Outcome => ({ ...NOTHING, retry: entries, reason, retryAfterMs });

const TOO_LARGE_STATUS = 413;

/** An answer that is no success, by what the protocol tries again; every other is a refusal for good. */
export function failureOf(
  entries: readonly WaitingEntry[],
  answer: Answer | NoAnswer,
  isRetried: (status: number) => boolean,
): Outcome {
  if (answer.status === null) return allAgain(entries, answer.reason);
  const { status, retryAfterMs } = answer;
  if (status === TOO_LARGE_STATUS)
    return { ...allAgain(entries, `status_${status}`, retryAfterMs), isTooLarge: true };
  return isRetried(status)
    ? allAgain(entries, `status_${status}`, retryAfterMs)
    : allRefused(entries, `status_${status}`);
}

/** The outcome of two requests. */
export function bothOutcomes(a: Outcome, b: Outcome): Outcome {
  const refused: Record<string, number> = { ...a.refused };
  for (const [reason, count] of Object.entries(b.refused)) refused[reason] = (refused[reason] ?? 0) + count;
  const waits = [a.retryAfterMs, b.retryAfterMs].filter((ms) => ms !== null);
  return {
    shipped: a.shipped + b.shipped,
    refused,
    retry: [...a.retry, ...b.retry],
    reason: a.reason ?? b.reason,
    retryAfterMs: waits.length === 0 ? null : Math.max(...waits),
    isTooLarge: a.isTooLarge || b.isTooLarge,
  };
}
