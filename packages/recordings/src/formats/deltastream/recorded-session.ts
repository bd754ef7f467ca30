import { MARKET_CHAINS, MARKET_TICKS, MalformedFrameError } from '@deltastream/contracts';
import { type Reading, rejected } from '../../chains/reading.ts';
import type { StreamFormat } from '../../pages/stream-format.ts';
import { reasonOf } from '../../recording-error.ts';
import type { Where } from '../../source.ts';
import { BadCell } from '../../tables/cells.ts';
import { isStopped } from '../../transport/recording-access.ts';
import { type Bounds, beyondLimit, isTooLarge } from '../../transport/recording-limits.ts';
import { type FileRecord, headOfLine, recordsOf } from './record-stream.ts';
import { SESSION_MAGIC, SESSION_RECORD } from './session-records.ts';

/** What a feed published, message by message, as the bus carried it. */
export const recordedSession: StreamFormat = {
  name: 'DeltaStream recording',
  units: 'as the feed published it: prices per unit of the underlying, volume and open interest in contracts',
  matches: (head) => head.startsWith(`${SESSION_MAGIC} `),
  nearly: () => null,
  open: () => ({
    timeOf: (head) => {
      const { started_at: startedAt } = headOfLine(SESSION_MAGIC, head.split('\n', 1)[0]);
      return typeof startedAt === 'number' ? startedAt : Number.NaN;
    },
    read: readSession,
  }),
};

async function* readSession(
  chunks: AsyncIterable<Uint8Array>,
  where: Where,
  limits: Bounds,
): AsyncGenerator<Reading> {
  try {
    for await (const part of recordsOf(chunks, limits.maxPageBytes)) {
      if ('head' in part) {
        headOfLine(SESSION_MAGIC, part.head);
        continue;
      }
      const reading = readingOf(part, where);
      if (reading !== null) yield reading;
    }
  } catch (error) {
    if (isStopped(error)) throw error;
    if (!(error instanceof BadCell)) {
      yield rejected(new BadCell(isTooLarge(error) ? 'too_large' : 'truncated', reasonOf(error)), where);
    } else if (error.rejection === 'too_large') {
      yield rejected(new BadCell('too_large', beyondLimit(limits, 'maxPageBytes', error.message)), where);
    } else yield rejected(error, where);
  }
}

/** Null for a record that this release does not know. */
function readingOf({ kind, at, content }: FileRecord, where: Where): Reading | null {
  try {
    switch (kind) {
      case SESSION_RECORD.chain: {
        const { generation: _none, ...chain } = MARKET_CHAINS.frames.decode(content);
        return { kind: 'chain', chain, exchange: null, volume: 'session', place: chain };
      }
      case SESSION_RECORD.tick: {
        const { generation: _none, ...tick } = MARKET_TICKS.frames.decode(content);
        return { kind: 'tick', tick, place: tick };
      }
      case SESSION_RECORD.lost:
        throw new BadCell('truncated', lostText(at, content));
      default:
        return null;
    }
  } catch (error) {
    if (error instanceof MalformedFrameError) return rejected(new BadCell('bad_value', error.message), where);
    return rejected(error, where);
  }
}

function lostText(at: number, content: Uint8Array): string {
  const count = countOf(content);
  if (count === null || Number.isNaN(new Date(at).getTime()))
    throw new BadCell('bad_value', 'a record of messages that are missing says neither how many nor when');
  return `${count} messages before ${new Date(at).toISOString()} were not recorded: the disk was too slow`;
}

/** Null where it says none. */
function countOf(content: Uint8Array): number | null {
  try {
    const { count } = JSON.parse(new TextDecoder().decode(content)) as { count?: unknown };
    return typeof count === 'number' ? count : null;
  } catch {
    return null;
  }
}
