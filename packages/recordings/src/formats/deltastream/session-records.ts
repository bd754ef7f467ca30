import { headLine, recordParts } from './record-stream.ts';

/** What a recording of a feed begins with; the version rises when an older reader could not read it. */
export const SESSION_MAGIC = 'deltastream recording 1';

/** Kinds of the records of a recording. A reader passes over others. */
export const SESSION_RECORD = { chain: 1, tick: 2, lost: 3 } as const;

const encoder = new TextEncoder();

/** What a recording says of itself. */
export interface SessionNote {
  /** What the feed plays: `synthetic`, venues by comma. */
  readonly source: string;
  /** Of the platform that wrote it. */
  readonly release: string;
  /** Epoch ms. */
  readonly startedAt: number;
}

export const sessionHead = ({ source, release, startedAt }: SessionNote): Uint8Array =>
  headLine(SESSION_MAGIC, { source, release, started_at: startedAt });

/** A message in the bytes that the bus carried, and the instant at which it took them, epoch ms. */
export const messageRecord = (kind: 'chain' | 'tick', at: number, frame: Uint8Array): Uint8Array[] =>
  recordParts(SESSION_RECORD[kind], at, frame);

/** So many messages were not written, because the disk was too slow. */
export const lostRecord = (at: number, count: number): Uint8Array[] =>
  recordParts(SESSION_RECORD.lost, at, encoder.encode(JSON.stringify({ count })));
