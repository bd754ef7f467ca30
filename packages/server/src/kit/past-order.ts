import type { Source } from '@deltastream/recordings/source';

/** The job by which a feed orders the past of a generated product; done by operations, which can read the store. */
export const PAST_JOB = 'synthetic-past';

export interface PastOrder {
  readonly product: string;
  /** When the market began that orders it, epoch ms. */
  readonly startMs: number;
  /** Of the generator, as the feed was started with it. */
  readonly config: object;
}

export const pastPayload = (order: PastOrder): Uint8Array => new TextEncoder().encode(JSON.stringify(order));

export const readPastOrder = (payload: Uint8Array): PastOrder =>
  JSON.parse(new TextDecoder().decode(payload)) as PastOrder;

export interface PastSource extends Source {
  /** The instant of its last item, which is a tick. */
  readonly endMs: number;
  /** Digest of all that decides what is in it. */
  readonly settings: string;
}

/** What the epoch of every message of a past says. */
export interface PastEpoch {
  /** When its market began. */
  readonly startMs: number;
  /** As of its source; null in what is not of a past, or was stored by a release that did not say it. */
  readonly settings: string | null;
  /** Of its last tick: the rest is stored. */
  readonly complete: boolean;
}

const COMPLETE = 'complete';

export const pastEpoch = ({ startMs, settings, complete }: PastEpoch): string =>
  [new Date(startMs).toISOString(), settings, ...(complete ? [COMPLETE] : [])].join('~');

/** Also of a live market, which is the instant it began alone. */
export function readPastEpoch(epoch: string): PastEpoch {
  const [start, settings = null, end] = epoch.split('~');
  return { startMs: Date.parse(start), settings, complete: end === COMPLETE };
}

/** The past of a market that began at `startMs`, whenever it is ordered; null where there is none. */
export type OpenPast = (order: PastOrder, startMs: number) => PastSource | null;
