import type { ChannelKind, ChannelTarget } from '@deltastream/contracts';
import type { AlertMessage } from '../messages/alert-message.ts';
import type { TargetAnswer } from '../target-requests/target-request.ts';

/** A target as it is kept: what its owner gave, and what was made for it. */
export type StoredTarget = ChannelTarget & {
  /** Of a webhook: signs what is sent to it. */
  readonly signing?: SigningSecrets;
};
export type TargetOf<Kind extends ChannelKind> = StoredTarget & { readonly kind: Kind };

export interface SigningSecrets {
  /** `whsec_` and base64. */
  readonly secret: string;
  /** Signs, too, for a while after it was replaced, so that a receiver can change over. */
  readonly former?: { readonly secret: string; readonly untilMs: number };
}

export type SendResult =
  | {
      readonly outcome: 'delivered';
      readonly status: number;
      /** The target has another address from now on. */
      readonly moved?: StoredTarget;
    }
  | {
      readonly outcome: 'retry';
      readonly status: number | null;
      readonly reason: string;
      /** What the target asks for; null where it asks for nothing. */
      readonly retryAfterMs: number | null;
    }
  /** This message is given up; another may be delivered. */
  | { readonly outcome: 'failed'; readonly status: number | null; readonly reason: string }
  /** The target takes nothing any more. */
  | { readonly outcome: 'gone'; readonly status: number | null; readonly reason: string }
  /** Nothing was sent: the address is not one that alerts may go to. */
  | { readonly outcome: 'refused'; readonly status: null; readonly reason: string };

/** Sends messages to targets of one kind. `reason` is for the owner of the channel: it carries nothing that the target said. */
export interface Sender<Kind extends ChannelKind = ChannelKind> {
  /** Never rejects for what the target does. */
  send(target: TargetOf<Kind>, message: AlertMessage, signal: AbortSignal): Promise<SendResult>;
}

/** What a kind of target means by a status. */
export interface StatusRule {
  /** The target is gone or refuses whatever comes, with the reason. */
  readonly gone: Readonly<Record<number, string>>;
  /** Others than 408, 429 and 5xx, which are tried again for every kind. */
  readonly isRetried?: (status: number) => boolean;
}

const REQUEST_TIMEOUT = 408;
const TOO_MANY_REQUESTS = 429;

/** What came of a request; `waitOf` reads from the body how long to wait, where the format says it there. */
export function resultOf(
  answer: TargetAnswer,
  { gone, isRetried }: StatusRule,
  waitOf?: (body: string) => number | null,
): SendResult {
  if (answer.kind === 'refused') return { outcome: 'refused', status: null, reason: answer.reason };
  if (answer.kind === 'failed') {
    return { outcome: 'retry', status: null, reason: answer.reason, retryAfterMs: null };
  }
  const { status, body } = answer;
  if (status >= 200 && status < 300) return { outcome: 'delivered', status };
  if (gone[status] !== undefined) return { outcome: 'gone', status, reason: gone[status] };
  const reason = reasonOfStatus(status);
  if (
    status === REQUEST_TIMEOUT ||
    status === TOO_MANY_REQUESTS ||
    status >= 500 ||
    isRetried?.(status) === true
  ) {
    return { outcome: 'retry', status, reason, retryAfterMs: waitOf?.(body) ?? answer.retryAfterMs };
  }
  return { outcome: 'failed', status, reason };
}

function reasonOfStatus(status: number): string {
  if (status === TOO_MANY_REQUESTS) return 'it takes no more for now (429)';
  if (status >= 300 && status < 400) return `it redirects (${status}); redirects are not followed`;
  return `it answered ${status}`;
}

/** A body that may be JSON; null where it is none. */
export function parsedBody(body: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** A member that says seconds, which may have decimals, in ms; null where it does not. */
export const secondsMember = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.ceil(value * 1_000) : null;
