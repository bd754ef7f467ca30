import { type DeadLetterView, ENRICHED_CHAINS, isoTime, TOPICS, toChainView } from '@deltastream/contracts';
import type { Static } from 'typebox';
import type { Bus, DeadLetter } from '../../../ports/bus.ts';
import type { DeadJob, Queue } from '../../../ports/queue.ts';

export type DeadLetterRow = Static<typeof DeadLetterView>;

export interface DeadLetterWithContent extends DeadLetterRow {
  readonly content: unknown;
  readonly payload_base64: string;
}

export interface DeadLetterQuery {
  readonly kind?: 'message' | 'job';
  /** One topic or job name only. */
  readonly name?: string;
  readonly limit?: number;
}

/** Dead letters of the bus and dead jobs of the queue as one list; either may be left out. */
export interface DeadLetterDesk {
  /** Newest first; 100 unless told. */
  list(query?: DeadLetterQuery): Promise<DeadLetterRow[]>;
  /** Null when there is no such letter; the same for the others with false. */
  show(id: string): Promise<DeadLetterWithContent | null>;
  replay(id: string): Promise<boolean>;
  discard(id: string): Promise<boolean>;
}

const DEFAULT_LIMIT = 100;

export function createDeadLetterDesk(ports: { readonly bus?: Bus; readonly queue?: Queue }): DeadLetterDesk {
  const { bus, queue } = ports;

  const messages = async (name: string | undefined, limit: number) => {
    if (!bus) return [];
    const topics = TOPICS.map((topic) => topic.name).filter((each) => name === undefined || each === name);
    const letters = await Promise.all(topics.map((topic) => bus.deadLetters(topic, limit)));
    return letters.flat().map(messageRow);
  };

  const jobs = async (name: string | undefined) => {
    if (!queue) return [];
    const names = (await queue.names()).filter((each) => name === undefined || each === name);
    return (await Promise.all(names.map((each) => queue.deadJobs(each)))).flat();
  };

  return {
    async list({ kind, name, limit = DEFAULT_LIMIT } = {}) {
      const rows = [
        ...(kind === 'job' ? [] : await messages(name, limit)),
        ...(kind === 'message' ? [] : (await jobs(name)).map(jobRow)),
      ];
      return rows.sort((a, b) => b.timestamp.localeCompare(a.timestamp)).slice(0, limit);
    },
    async show(id) {
      const place = placeOf(id);
      if (place?.kind === 'message') {
        const letter = (await bus?.deadLetter(place.topic, place.letter)) ?? null;
        return letter && { ...messageRow(letter), ...contentOf(place.topic, letter.frame) };
      }
      if (place === null || !queue) return null;
      const job = (await jobs(undefined)).find((each) => each.id === place.job);
      return job ? { ...jobRow(job), ...contentOf(null, job.payload) } : null;
    },
    async replay(id) {
      const place = placeOf(id);
      if (place?.kind === 'message') return bus?.replayDeadLetter(place.topic, place.letter) ?? false;
      return (place && queue?.replay(place.job)) ?? false;
    },
    async discard(id) {
      const place = placeOf(id);
      if (place?.kind === 'message') return bus?.discardDeadLetter(place.topic, place.letter) ?? false;
      return (place && queue?.discard(place.job)) ?? false;
    },
  };
}

const messageRow = (letter: DeadLetter): DeadLetterRow => ({
  id: `message:${letter.topic}:${letter.id}`,
  kind: 'message',
  name: letter.topic,
  group: letter.group,
  position: letter.position,
  tries: letter.deliveries,
  reason: letter.reason,
  timestamp: isoTime(letter.at),
  bytes: letter.frame.byteLength,
});

const jobRow = (job: DeadJob): DeadLetterRow => ({
  id: `job:${job.id}`,
  kind: 'job',
  name: job.name,
  group: null,
  position: null,
  tries: job.tries,
  reason: job.reason,
  timestamp: isoTime(job.at),
  bytes: job.payload.byteLength,
});

type Place =
  | { readonly kind: 'message'; readonly topic: string; readonly letter: string }
  | { readonly kind: 'job'; readonly job: string };

function placeOf(id: string): Place | null {
  const [, topic, letter] = /^message:(.+):([^:]+)$/.exec(id) ?? [];
  if (topic !== undefined) return { kind: 'message', topic, letter };
  const [, job] = /^job:(.+)$/.exec(id) ?? [];
  return job === undefined ? null : { kind: 'job', job };
}

/** The payload in full, and decoded where it can be: as a frame of its topic; of a job as any frame, or as an order in JSON. */
function contentOf(topic: string | null, bytes: Uint8Array): { content: unknown; payload_base64: string } {
  const payload_base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  for (const each of TOPICS) {
    if (topic !== null && each.name !== topic) continue;
    try {
      const content =
        each.frames === ENRICHED_CHAINS.frames
          ? toChainView(ENRICHED_CHAINS.frames.decode(bytes))
          : readable(each.frames.decode(bytes));
      return { content, payload_base64 };
    } catch {
      // That it does not decode is often why it is here.
    }
  }
  return { content: topic === null ? orderOf(bytes) : null, payload_base64 };
}

/** What a job is ordered to do, as orders of imports, exports and recomputations are written; null for another payload. */
function orderOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}

/** Columns as plain lists, with null where nothing is given, as JSON needs it. */
function readable(message: object): unknown {
  if (!('columns' in message)) return message;
  const { columns, ...header } = message as { columns: { count: number; values: Float64Array } };
  const values = Array.from(columns.values, (value) => (Number.isNaN(value) ? null : value));
  return { ...header, columns: { count: columns.count, values } };
}
