import { expect, it } from 'vitest';
import { readFrames, type TraceEvent } from './trace.ts';

const event = (name: string, ts: number, dur: number, tid = 1): TraceEvent => ({
  name,
  ...{ ts: ts * 1_000, dur: dur * 1_000, ph: 'X', pid: 1, tid },
});
const main = (tid: number): TraceEvent => ({
  ...event('thread_name', 0, 0, tid),
  ph: 'M',
  args: { name: 'CrRendererMain' },
});

it('adds up scripts between two commits of the busiest page, without what is inside of another or forced', () => {
  const frames = readFrames([
    ...[main(1), main(2), event('FunctionCall', 0, 1, 2), event('Commit', 2, 1, 2)],
    ...[event('FunctionCall', 10, 6), event('RunMicrotasks', 11, 2), event('Layout', 14, 1)],
    ...[event('Layout', 17, 2), event('Commit', 20, 1)],
    // A frame without script, such as that of a cursor.
    event('Commit', 30, 1),
    ...[event('TimerFire', 40, 3), event('FireAnimationFrame', 50, 4), event('Commit', 60, 1)],
  ]);
  expect(frames).toEqual({
    scriptingMs: [5, 7],
    renderingMs: [4, 1],
    forcedLayouts: 1,
    totalScriptingMs: 12,
  });
});

it('reads nothing out of a trace without a page', () => {
  expect(readFrames([event('FunctionCall', 0, 1)]).scriptingMs).toEqual([]);
});
