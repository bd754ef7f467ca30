/**
 * What of Chromium's trace format is read: complete events (`X`), times in microseconds. `tdur` is the processor time of the
 * thread, which others on the machine do not lengthen.
 */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args?: { readonly name?: string };
}

export const TRACE_CATEGORIES = [
  '-*',
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'v8',
  'disabled-by-default-v8.gc',
  '__metadata',
];

/** Main-thread work of a page, frame by frame. */
export interface FrameWork {
  /** Frames with any script, in milliseconds of processor time in scripts, without the layouts that these forced. */
  readonly scriptingMs: readonly number[];
  /** Style, layout, paint and commit of the same frames. */
  readonly renderingMs: readonly number[];
  /** Layouts inside of scripts: the script read a size after it had changed the page. */
  readonly forcedLayouts: number;
  /** Milliseconds of all scripts. */
  readonly totalScriptingMs: number;
}

const SCRIPTING = new Set([
  'FunctionCall',
  'EvaluateScript',
  'FireAnimationFrame',
  'TimerFire',
  'RunMicrotasks',
  'EventDispatch',
  'HandlePostMessage',
  'v8.callFunction',
  'v8.run',
  'MinorGC',
  'MajorGC',
  'V8.GCScavenger',
]);
const RENDERING = new Set(['UpdateLayoutTree', 'Layout', 'PrePaint', 'Paint', 'Layerize', 'Commit']);
/** Closes a frame on the main thread. */
const FRAME_END = 'Commit';

/**
 * Scripting and rendering of each frame of the busiest page of a trace. A frame is what lies between two commits of the
 * main thread; scripts that run between frames belong to the one that shows what they changed.
 */
export function readFrames(events: readonly TraceEvent[]): FrameWork {
  const work = busiestThread(events)
    .filter(({ ph, name }) => ph === 'X' && (SCRIPTING.has(name) || RENDERING.has(name)))
    .toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  const scriptingMs: number[] = [];
  const renderingMs: number[] = [];
  let frame = { scripting: 0, rendering: 0 };
  let scriptEnd = 0;
  let renderingEnd = 0;
  let forcedLayouts = 0;
  let total = 0;
  for (const { name, ts, dur = 0, tdur = dur } of work) {
    const end = ts + dur;
    if (SCRIPTING.has(name)) {
      // One inside of another is counted with that one.
      if (end <= scriptEnd) continue;
      frame.scripting += tdur;
      total += tdur;
      scriptEnd = end;
      continue;
    }
    if (end <= renderingEnd) continue;
    renderingEnd = end;
    frame.rendering += tdur;
    if (end <= scriptEnd) {
      frame.scripting -= tdur;
      total -= tdur;
      if (name === 'Layout') forcedLayouts += 1;
    }
    if (name !== FRAME_END) continue;
    if (frame.scripting > 0) {
      scriptingMs.push(frame.scripting / 1_000);
      renderingMs.push(frame.rendering / 1_000);
    }
    frame = { scripting: 0, rendering: 0 };
  }
  return { scriptingMs, renderingMs, forcedLayouts, totalScriptingMs: total / 1_000 };
}

/** Events of the main thread with the most script. */
function busiestThread(events: readonly TraceEvent[]): readonly TraceEvent[] {
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const threads = mains.map(({ pid, tid }) => events.filter((each) => each.pid === pid && each.tid === tid));
  const scripts = (thread: readonly TraceEvent[]) =>
    thread.reduce((sum, { name, dur = 0 }) => (name === 'FunctionCall' ? sum + dur : sum), 0);
  return threads.toSorted((a, b) => scripts(b) - scripts(a))[0] ?? [];
}
