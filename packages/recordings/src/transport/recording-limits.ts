import { RecordingError } from '../recording-error.ts';

/**
 * What one recording may cost. A recording comes from elsewhere: what it unpacks to, how many members it has and
 * how its pages are built is decided by its author, so each of these is bounded before it is paid for.
 */
export interface RecordingLimits {
  /** Bytes a compressed recording or an archive may unpack to. */
  readonly maxBytes: number;
  /** Unpacked bytes for one byte on disk, beyond the first `ratioFreeBytes`. */
  readonly maxRatio: number;
  readonly ratioFreeBytes: number;
  /** Members of an archive. */
  readonly maxMembers: number;
  /** Characters in the name of a member. */
  readonly maxNameLength: number;
  /** Bytes of a page: a member of an archive, or a file that is read at once. */
  readonly maxPageBytes: number;
  /** Lines of a page, values of a JSON document, contracts of one instant of a table. */
  readonly maxPageItems: number;
  /** Nesting of a JSON document. */
  readonly maxDepth: number;
  /** Parts that are rejected before the reading ends: rows, pages, members. */
  readonly maxRejectedParts: number;
  /** Seconds of reading without a part that can be given out, the opening included. */
  readonly maxSilentSeconds: number;
}

/**
 * Recordings of the field unpack to 4 to 20 times their size; deflate reaches 1,032 and LZMA 7,000 with a single
 * repeated byte. The largest page in use, a day's derivatives report, has 10 MB and 50,000 lines. A million rejected rows take seconds.
 */
export const RECORDING_LIMITS: RecordingLimits = {
  maxBytes: 8 * 1024 ** 3,
  maxRatio: 100,
  ratioFreeBytes: 64 * 1024 ** 2,
  maxMembers: 100_000,
  maxNameLength: 1_024,
  maxPageBytes: 16 * 1024 ** 2,
  maxPageItems: 250_000,
  maxDepth: 64,
  maxRejectedParts: 1_000_000,
  maxSilentSeconds: 600,
};

/** The limits of one recording, and how messages call the option that raises one. */
export interface Bounds extends RecordingLimits {
  settingName(limit: keyof RecordingLimits): string;
}

/** The given limits, the defaults for the others; a limit is called `limits.maxRatio` by default. */
export function boundsOf(
  limits: Partial<RecordingLimits> = {},
  settingName: Bounds['settingName'] = (limit) => `limits.${limit}`,
): Bounds {
  return { ...RECORDING_LIMITS, ...limits, settingName };
}

/** What is beyond a bound, with the bound and the option that raises it. */
export function beyondLimit(bounds: Bounds, limit: keyof RecordingLimits, what: string): string {
  return `${what}, more than ${bounds[limit]} (${bounds.settingName(limit)})`;
}

/** Counts what a recording unpacks to. A part that is refused counts for nothing: not for what the next may, either. */
export interface UnpackBudget {
  /** Counts bytes of the file whose content is taken. */
  read(packed: number): void;
  /** Why so many bytes more, out of `packed` more bytes of the file, are not taken; null when they are. */
  refusal(more: number, packed: number): string | null;
  /** Counts bytes of content. Throws `recording_too_large` in place of a refusal. */
  take(more: number): void;
}

export function createUnpackBudget(file: string, limits: Bounds): UnpackBudget {
  let unpacked = 0;
  let read = 0;
  const refusal = (more: number, packed: number): string | null => {
    const total = unpacked + more;
    if (total > limits.maxBytes) return beyondLimit(limits, 'maxBytes', `it unpacks to ${total} bytes`);
    const from = read + packed;
    if (total <= limits.ratioFreeBytes + from * limits.maxRatio) return null;
    return beyondLimit(
      limits,
      'maxRatio',
      `${total} bytes unpack from ${from}, beyond the first ${limits.ratioFreeBytes} bytes a ratio of ` +
        `${Math.round((total - limits.ratioFreeBytes) / Math.max(1, from))}`,
    );
  };
  return {
    read: (packed) => {
      read += packed;
    },
    refusal,
    take: (more) => {
      const reason = refusal(more, 0);
      if (reason !== null) throw tooLarge(`${file}: ${reason}`);
      unpacked += more;
    },
  };
}

/** A recording, or a part of it, is beyond a bound; trying again cannot help. */
export function tooLarge(message: string, cause?: unknown): RecordingError {
  return new RecordingError('recording_too_large', message, { cause, permanent: true });
}

export const isTooLarge = (error: unknown): boolean =>
  error instanceof RecordingError && error.code === 'recording_too_large';
