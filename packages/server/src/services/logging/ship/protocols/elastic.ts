import { ecsDocument } from './ecs.ts';
import {
  allAgain,
  allRefused,
  failureOf,
  isSuccess,
  type Outcome,
  type ShipProtocol,
  type WaitingEntry,
} from './protocol.ts';

/** What of an answer is looked at: with all of it, that to a thousand lines is some 200 KB. */
const FILTER = 'filter_path=errors,items.create.status,items.create.error.type';
const ALREADY_THERE = 409;

interface BulkItem {
  readonly create?: { readonly status?: unknown; readonly error?: { readonly type?: string } };
}

/**
 * Elasticsearch's `_bulk` with ECS names, as `create`, which a data stream takes and which stores an entry that is sent again
 * once: its id is that of the entry. Of a partial failure only what was answered with 429 or 503 is sent again.
 */
export function elasticProtocol({ index }: { readonly index: string }): ShipProtocol {
  return {
    async send(entries, post) {
      const lines = entries.map(
        ({ key, entry }) =>
          `${JSON.stringify({ create: { _index: index, _id: key } })}\n${JSON.stringify(ecsDocument(entry))}\n`,
      );
      const answer = await post({
        path: `/_bulk?${FILTER}`,
        contentType: 'application/x-ndjson',
        body: lines.join(''),
      });
      if (!isSuccess(answer)) return failureOf(entries, answer, isRetried);
      return outcomeOf(entries, answer.body, answer.retryAfterMs);
    },
  };
}

const isRetried = (status: number): boolean =>
  status >= 500 || status < 400 || [401, 403, 404, 408, 429].includes(status);

function outcomeOf(entries: readonly WaitingEntry[], body: string, retryAfterMs: number | null): Outcome {
  const items = itemsOf(body);
  if (items?.length !== entries.length) return allAgain(entries, 'malformed_answer');
  let shipped = 0;
  const refused: Record<string, number> = {};
  const retry: WaitingEntry[] = [];
  let reason: string | null = null;
  for (const [i, { create }] of items.entries()) {
    const status = statusOf(create?.status);
    if ((status >= 200 && status < 300) || status === ALREADY_THERE) shipped += 1;
    else if (status === 429 || status === 503) {
      retry.push(entries[i]);
      reason = `item_${status}`;
    } else {
      const why = `item_${status}`;
      refused[why] = (refused[why] ?? 0) + 1;
    }
  }
  return {
    ...allRefused([], ''),
    ...{ shipped, refused, retry, reason },
    retryAfterMs: retry.length === 0 ? null : retryAfterMs,
  };
}

/** 0 for what is none: the target chooses what stands there, and it becomes a label. */
const statusOf = (given: unknown): number =>
  Number.isInteger(given) && Number(given) >= 100 && Number(given) <= 599 ? Number(given) : 0;

function itemsOf(body: string): readonly BulkItem[] | null {
  try {
    const { items } = JSON.parse(body) as { items?: unknown };
    return Array.isArray(items) ? (items as BulkItem[]) : null;
  } catch {
    return null;
  }
}
