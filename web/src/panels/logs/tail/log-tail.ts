import { ApiError, type EventOf } from '@deltastream/client';
import type { LogLine } from '../lines/line-fields.ts';
import type { LineItem } from '../lines/shown-rows.ts';

/** What a reader who follows the log sees. */
export interface TailState {
  /** `stopped` after a refusal that does not pass by itself. */
  readonly phase: 'connecting' | 'following' | 'away' | 'stopped';
  /** Newest first. */
  readonly items: readonly LineItem[];
  readonly paused: boolean;
  /** Lines that came since the pause. */
  readonly waiting: number;
  /** Lines that the server left out because this reader was too slow. */
  readonly dropped: number;
  /** Lines that were shown or waited, and gave way to newer ones. */
  readonly removed: number;
  readonly error: Error | null;
}

export interface TailSource {
  /** Lines from now on; ends or fails with its connection. */
  follow(signal: AbortSignal): AsyncIterable<EventOf<'tailLogs'>>;
  /** The newest lines that are stored, newest first. */
  recent(limit: number, signal: AbortSignal): Promise<readonly LogLine[]>;
}

export interface LogTail {
  start(): void;
  stop(): void;
  pause(paused: boolean): void;
  state(): TailState;
  /** Calls the listener when there is something new, at most once for each `whenDrawn`. */
  subscribe(listener: () => void): () => void;
}

/** Lines that are kept: what a reader goes back through; a search finds the others. */
const MOST_LINES = 1_000;
/** Lines from before that one begins with, or that came while the connection was away. */
const RECENT_LINES = 200;
const FIRST_PAUSE_MS = 500; // A server that restarts is there again in about a second.
const LONGEST_PAUSE_MS = 15_000; // Nobody who looks wants to wait longer for a server that is back.

/**
 * Follows the log and connects again by itself: lines that were stored meanwhile are asked for, and where there are more
 * than that the list says so. It keeps the newest lines and counts what gave way to them. While it is paused the reader sees
 * the same lines, and newer ones are kept by the same bound. `whenDrawn` calls back when the page is drawn next.
 */
export function createLogTail(source: TailSource, whenDrawn: (callback: () => void) => void): LogTail {
  const listeners = new Set<() => void>();
  let stopping: AbortController | null = null;
  let ids = 0;
  /** Oldest first. */
  let kept: LineItem[] = [];
  let shown: readonly LineItem[] = [];
  let phase: TailState['phase'] = 'connecting';
  let error: Error | null = null;
  let [paused, waiting, dropped, removed] = [false, 0, 0, 0];
  let state = snapshot();
  let isTold = true;

  function snapshot(): TailState {
    return { phase, items: shown, paused, waiting, dropped, removed, error };
  }
  function changed(): void {
    if (!isTold) return;
    isTold = false;
    whenDrawn(() => {
      isTold = true;
      trim();
      if (!paused) shown = kept.toReversed();
      state = snapshot();
      for (const listener of listeners) listener();
    });
  }
  function trim(): void {
    if (kept.length <= MOST_LINES) return;
    removed += kept.length - MOST_LINES;
    kept = kept.slice(-MOST_LINES);
  }
  function add(item: { readonly line: LogLine } | { readonly gap: string }): void {
    ids += 1;
    kept.push({ key: String(ids), ...item });
    if ('line' in item && paused) waiting += 1;
    // While the page is not drawn, in a tab behind others, nothing else bounds it.
    if (kept.length >= 2 * MOST_LINES) trim();
    changed();
  }

  /** Adds what is stored and not here yet; gives what of it may come by the stream once more. */
  function addMissed(recent: readonly LogLine[], isFirst: boolean): Set<string> {
    const here = new Set(kept.flatMap((item) => ('line' in item ? [JSON.stringify(item.line)] : [])));
    const texts = recent.map((line) => JSON.stringify(line));
    const meets = texts.findIndex((text) => here.has(text));
    if (!isFirst && meets === -1 && recent.length === RECENT_LINES)
      add({ gap: 'More lines came while the connection was away than are shown here.' });
    const count = meets === -1 ? recent.length : meets;
    for (const line of recent.slice(0, count).toReversed()) add({ line });
    return new Set(texts.slice(0, count));
  }

  async function followOnce(signal: AbortSignal): Promise<void> {
    const leaving = new AbortController();
    const either = AbortSignal.any([signal, leaving.signal]);
    /** Lines that came ahead of those from before; null once those are there. */
    let early: LogLine[] | null = [];
    /** Lines that the answer had and the stream may bring, stored between the two. */
    let taken = new Set<string>();
    const addOnce = (line: LogLine) => {
      if (!taken.delete(JSON.stringify(line))) add({ line });
    };
    const catchUp = async () => {
      const isFirst = ids === 0;
      const recent = await source.recent(RECENT_LINES, either);
      taken = addMissed(recent, isFirst);
      for (const line of early ?? []) addOnce(line);
      early = null;
    };
    for await (const each of source.follow(either)) {
      if (each.event === 'ready') {
        [phase, error] = ['following', null];
        changed();
        catchUp().catch((reason) => leaving.abort(reason));
      } else if (each.event === 'log') {
        if (early === null) addOnce(each.data);
        else if (early.push(each.data) > MOST_LINES) {
          early.shift();
          removed += 1;
        }
      } else if (each.event === 'dropped') {
        dropped += each.data.count;
        add({ gap: `${each.data.count} lines are missing here: they came faster than this page took them.` });
      }
    }
  }

  async function run({ signal }: AbortController): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      try {
        await followOnce(signal);
        // It was told to come again.
        pauseMs = FIRST_PAUSE_MS;
      } catch (reason) {
        if (signal.aborted) return;
        error = reason instanceof Error ? reason : new Error(String(reason));
        if (!passes(error)) {
          phase = 'stopped';
          changed();
          return;
        }
      }
      if (signal.aborted) return;
      if (phase === 'following') pauseMs = FIRST_PAUSE_MS;
      phase = 'away';
      changed();
      await sleep(pauseMs, signal);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  return {
    start() {
      if (stopping !== null) return;
      stopping = new AbortController();
      phase = 'connecting';
      void run(stopping);
    },
    stop() {
      stopping?.abort();
      stopping = null;
    },
    pause(next) {
      if (next === paused) return;
      paused = next;
      waiting = 0;
      changed();
    },
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Too many readers, a server that stops, a connection that is cut; not a refusal of who asks or of what is asked. */
const passes = (error: Error): boolean =>
  !(error instanceof ApiError) || error.status === 0 || error.status === 429 || error.status >= 500;

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
