import type { LineBatch, LineRules } from '../../ports/stores/logs/log-store.ts';

/** What crosses between the log store and its two threads. */
export interface WriterSettings {
  readonly folder: string;
  readonly blockBytes: number;
  readonly segmentBytes: number;
  readonly keepDays: number;
  readonly keepBytes: number;
  readonly busyTimeoutMs: number;
  /** Names of levels, ascending. */
  readonly levels: readonly string[];
}

export interface ReaderSettings {
  readonly folder: string;
  readonly busyTimeoutMs: number;
  readonly levels: readonly string[];
  readonly cacheBytes: number;
  readonly queryTimeoutMs: number;
}

/** Columns that a block is counted and filtered by without being read. */
export const COLUMNS = ['service', 'event', 'product', 'user_id'] as const;
export type Column = (typeof COLUMNS)[number];

/** Names that are found by an index of their values. */
export const KEYS = ['trace_id', 'request_id'] as const;
export type Key = (typeof KEYS)[number];

export interface LineFilter {
  /** Indices of levels that are wanted; null for all. */
  readonly levels: readonly number[] | null;
  readonly columns: Readonly<Partial<Record<Column, string>>>;
  readonly keys: Readonly<Partial<Record<Key, string>>>;
  /** Each is in the message or the fields, whatever the case. */
  readonly texts: readonly string[];
  readonly fields: readonly { readonly path: string; readonly value: string }[];
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** Exclusive. */
  readonly beforeId: number;
}

export type Order = 'id' | 'newest' | 'oldest';

/** The id of a line and the line, JSON. */
export type FoundLine = readonly [id: number, line: string];

/** The first lines of an order; `isCut` where some were left out because they are too long together. */
export interface FoundLines {
  readonly lines: readonly FoundLine[];
  readonly isCut: boolean;
}

/** A group of a count: the start of its step, the values it is grouped by, how many lines. */
export type Group = readonly [fromMs: number, values: readonly (string | null)[], count: number];

export interface WriterRequest extends LineBatch {
  /** Memory of this request alone, which is handed over with it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How to read them where they are as loggers write them; null where they are as they are stored. */
  readonly rules: LineRules | null;
}

/** What the writer says with each append. */
export interface WriterState {
  /** What keeps it from compressing or indexing, which it tries again; null while nothing does. */
  readonly fault: string | null;
  /** Blocks whose index is still to be built again. */
  readonly unindexed: number;
  /** What was found damaged since the state before, to be told in the log. */
  readonly notices: readonly string[];
  /** By how many days the clock was found ahead since the state before; null: it was not. */
  readonly clockAheadDays: number | null;
}

/** The answer to a search that asks for too much, and what to do. */
export interface Refused {
  readonly refused: string;
}

export type ReaderRequest =
  | {
      readonly kind: 'query';
      readonly filter: LineFilter;
      readonly order: Order;
      readonly limit: number;
      /** Of all lines together; null for as many as there are. */
      readonly maxCharacters: number | null;
    }
  | {
      readonly kind: 'count';
      readonly filter: LineFilter;
      /** Names of columns, `level`, or paths of fields. */
      readonly by: readonly string[];
      /** Null: one step over all. */
      readonly stepMs: number | null;
      readonly maxGroups: number;
    };
