import { ApiError, type EventOf } from '@deltastream/client';

type TestEvent = EventOf<'testAlertRule'>;
type Progress = Extract<TestEvent, { event: 'progress' }>['data'];
export type PastFiring = Extract<TestEvent, { event: 'firing' }>['data'];
type End = Extract<TestEvent, { event: 'end' }>['data'];

/** What is known of when a rule would have fired. */
export interface TestState {
  /** `cut`: the stream ended without saying why. */
  readonly phase: 'idle' | 'running' | 'ended' | 'cancelled' | 'cut' | 'failed';
  readonly progress: Progress | null;
  readonly firings: readonly PastFiring[];
  readonly end: End | null;
  readonly error: Error | null;
}

export interface RuleTest {
  /** Begins anew; what ran before ends. */
  start(events: (signal: AbortSignal) => AsyncIterable<TestEvent>): void;
  cancel(): void;
  state(): TestState;
  /** Calls the listener when there is something new, at most once for each `whenDrawn`. */
  subscribe(listener: () => void): () => void;
}

const IDLE: TestState = { phase: 'idle', progress: null, firings: [], end: null, error: null };

/** Takes the events of a test as they come. The server bounds how many firings it sends. */
export function createRuleTest(whenDrawn: (draw: () => void) => unknown): RuleTest {
  const listeners = new Set<() => void>();
  let state = IDLE;
  let firings: PastFiring[] = [];
  let drawing = false;
  let running: AbortController | null = null;

  function become(next: Partial<TestState>): void {
    state = { ...state, ...next };
    if (drawing) return;
    drawing = true;
    whenDrawn(() => {
      drawing = false;
      // Firings are copied once for all that came since.
      if (state.firings.length !== firings.length) state = { ...state, firings: [...firings] };
      for (const listener of listeners) listener();
    });
  }

  function take({ event, data }: TestEvent): void {
    if (event === 'progress') become({ progress: data });
    if (event === 'firing') {
      firings.push(data);
      become({});
    }
    if (event === 'end')
      become({ phase: data.reason === 'failed' ? 'failed' : 'ended', progress: data, end: data });
  }

  async function read(events: AsyncIterable<TestEvent>, { signal }: AbortController): Promise<void> {
    try {
      for await (const event of events) {
        if (signal.aborted) return;
        take(event);
      }
      if (!signal.aborted && state.phase === 'running') become({ phase: 'cut' });
    } catch (error) {
      if (signal.aborted) return;
      become({ phase: 'failed', error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  return {
    start(events) {
      running?.abort();
      running = new AbortController();
      firings = [];
      state = IDLE;
      become({ phase: 'running' });
      void read(events(running.signal), running);
    },
    cancel() {
      running?.abort();
      running = null;
      if (state.phase === 'running') become({ phase: 'cancelled' });
    },
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** What came of a test, in words; null before there was one, and while it runs. `instant` writes a time. */
export function outcomeText(
  { phase, progress, end, error }: TestState,
  instant: (iso: string) => string,
): string | null {
  const until = progress === null ? '' : `, up to ${instant(progress.at)}`;
  if (phase === 'cancelled') return `Cancelled${until}`;
  if (phase === 'cut') return `The server ended it without saying why${until}`;
  if (error !== null)
    return error instanceof ApiError ? `${error.detail}. ${error.remedy ?? ''}`.trim() : error.message;
  if (end === null) return null;
  switch (end.reason) {
    case 'complete':
      return 'Complete';
    case 'limit':
      return `There are more firings than are sent${until}`;
    case 'timeout':
      return `It took too long${until}; choose a shorter time`;
    case 'stopping':
      return `The server was being stopped${until}; try again`;
    case 'failed':
      return `It failed${until}${end.detail === null ? '' : `: ${end.detail}`}`;
  }
}
