import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { pid } from 'node:process';
import { TAKEN_LOG_LINES, type TakenLogLines } from '@deltastream/contracts';
import type { Bus, Subscription } from '../../../ports/bus.ts';
import { createMissingLines } from './missing-lines.ts';

export interface TakenLinesParts {
  readonly bus: Pick<Bus, 'follow' | 'publish'>;
  readonly waitMs: number;
  readonly onMissing: (count: number) => void;
}

/** Tells other logging services on the bus which lines were taken here, and counts those that nobody took. */
export interface TakenLines {
  took(process: string, first: number, count: number): void;
  stop(): Promise<void>;
}

const TELL_MS = 1_000; // Far below the time after which a line counts as missing; a message a second is nothing.
/** Ranges of one message: some 60 KB. */
const MAX_RANGES = 1_000;
const MAX_UNTOLD = 100_000; // Ranges while the bus is away: some minutes of a large platform, a few MB; then the older half goes.

export async function createTakenLines({ bus, waitMs, onMissing }: TakenLinesParts): Promise<TakenLines> {
  const by = `${hostname()}-${pid}-${randomBytes(3).toString('hex')}`;
  const missing = createMissingLines(waitMs, () => performance.now());
  let untold: TakenLogLines['ranges'] = [];
  /** The last of each process: what follows it is one with it. */
  const newest = new Map<string, TakenLogLines['ranges'][number]>();
  let telling = false;

  const followed: Subscription = await bus.follow(TAKEN_LOG_LINES.name, 'latest', ({ frame }) => {
    const taken = decoded(frame);
    if (taken === null || taken.by === by) return;
    for (const { process, first, count } of taken.ranges) missing.came(process, first, count, false);
  });

  const tell = async () => {
    if (telling || untold.length === 0) return;
    telling = true;
    newest.clear();
    let left = untold;
    untold = [];
    try {
      for (; left.length > 0; left = left.slice(MAX_RANGES)) {
        const ranges = left.slice(0, MAX_RANGES);
        await bus.publish(TAKEN_LOG_LINES.name, TAKEN_LOG_LINES.frames.encode({ by, ranges }));
      }
    } catch {
      // The adapter of the bus says so; they are told with the next.
      untold = [...left, ...untold].slice(-MAX_UNTOLD);
    } finally {
      telling = false;
    }
  };
  const timer = setInterval(
    () => {
      void tell();
      const count = missing.settle();
      if (count > 0) onMissing(count);
    },
    Math.min(TELL_MS, waitMs / 2),
  );

  return {
    took(process, first, count) {
      missing.came(process, first, count, true);
      const last = newest.get(process);
      if (last !== undefined && last.first + last.count === first) {
        last.count += count;
        return;
      }
      const range = { process, first, count };
      newest.set(process, range);
      untold.push(range);
      if (untold.length <= MAX_UNTOLD) return;
      untold = untold.slice(-MAX_UNTOLD / 2);
      newest.clear();
    },
    async stop() {
      clearInterval(timer);
      await followed.stop();
      await tell();
    },
  };
}

function decoded(frame: Uint8Array): TakenLogLines | null {
  try {
    return TAKEN_LOG_LINES.frames.decode(frame);
  } catch {
    // Of a newer release: what it took is then counted as missing, and nothing is lost.
    return null;
  }
}
