import type { Logger } from '../logging/log.ts';

/** A part of a recording that could not be used. */
export interface RejectedPart {
  /** Why, in one word. */
  readonly rejection: string;
  /** Why, in words, with the values that were found. */
  readonly reason: string;
  /** Where it lies, in words. */
  readonly place: string;
}

export interface RejectionReport {
  add(part: RejectedPart): void;
  /** What was rejected so far, by reason, with the first part of each; reasons beyond `mostReasons` are left out. */
  counts(): (RejectedPart & { readonly count: number })[];
  /** Writes what was not written yet; idempotent. */
  end(): void;
}

export interface RejectionReportOptions {
  /** Reasons told apart; the parts of all others are counted together. */
  readonly mostReasons: number;
  /** How long the first part of a reason waits for others of it, so that they make one line. */
  readonly afterMs?: number;
}

interface Reason {
  readonly first: RejectedPart;
  count: number;
  /** Of `count`, those that a line was written of. */
  told: number;
}

const DEFAULT_AFTER_MS = 5_000;

/**
 * Warns of rejected parts by reason: one line of each with the number of its parts and the place of the first, and
 * one more at the end where more came after it. A million bad rows make as many lines as there are reasons.
 */
export function createRejectionReport(
  logger: Logger,
  { mostReasons, afterMs = DEFAULT_AFTER_MS }: RejectionReportOptions,
): RejectionReport {
  const reasons = new Map<string, Reason>();
  let others = 0;
  let timer: NodeJS.Timeout | null = null;

  const tell = (each: Reason) => {
    const { rejection, reason, place } = each.first;
    const more = each.count - each.told;
    const what =
      each.told > 0 ? `${more} more parts were rejected like` : `${more} parts were rejected, the first`;
    const message = each.count === 1 ? `${place} was rejected` : `${what} ${place}`;
    each.told = each.count;
    logger.event('part_rejected', { rejection, reason, place, count: each.count }, message);
  };
  const tellNew = () => {
    timer = null;
    for (const each of reasons.values()) if (each.told === 0) tell(each);
  };

  return {
    add: (part) => {
      const key = `${part.rejection} ${patternOf(part.reason)}`;
      const known = reasons.get(key);
      if (known) known.count += 1;
      else if (reasons.size >= mostReasons) others += 1;
      else {
        reasons.set(key, { first: part, count: 1, told: 0 });
        timer ??= setTimeout(tellNew, afterMs).unref();
      }
    },
    counts: () => [...reasons.values()].map(({ first, count }) => ({ ...first, count })),
    end: () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      for (const each of reasons.values()) if (each.count > each.told) tell(each);
      if (others > 0) {
        const message = `${others} parts were rejected for other reasons`;
        logger.event('parts_rejected_otherwise', { count: others }, message);
      }
      others = 0;
    },
  };
}

/** The reason without the values that were found: what is quoted, and numbers. */
const patternOf = (reason: string): string =>
  reason.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').replaceAll(/\d[\d.,:]*/g, '0');
