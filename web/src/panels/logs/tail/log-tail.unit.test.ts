import { ApiError, type EventOf } from '@deltastream/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LogLine } from '../lines/line-fields.ts';
import { createLogTail, type TailSource } from './log-tail.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const lineOf = (message: string): LogLine => ({
  timestamp: '2026-11-28T10:00:00.000Z',
  level: 'info',
  service: 'feed',
  message,
  event: null,
  request_id: null,
  trace_id: null,
  span_id: null,
  user_id: null,
  product: null,
  fields: {},
});
const problem = (status: number) =>
  new ApiError({ status, code: 'unavailable', detail: 'refused', remedy: '', request_id: '' });

type Event = EventOf<'tailLogs'>;
const ready: Event = { event: 'ready', data: { at: '2026-11-28T10:00:00.000Z' } };
const log = (message: string): Event => ({ event: 'log', data: lineOf(message) });

/** A server whose streams a test writes to. */
function open(recent: (limit: number) => Promise<LogLine[]> = async () => []) {
  const streams: { send(event: Event): void; end(error?: Error): void }[] = [];
  const source: TailSource = {
    recent,
    follow(signal) {
      const waiting: Event[] = [];
      const ends: { readonly error?: Error }[] = [];
      let wake = () => {};
      const end = (error?: Error) => {
        ends.push({ error });
        wake();
      };
      signal.addEventListener('abort', () => end(signal.reason));
      streams.push({
        send(event) {
          waiting.push(event);
          wake();
        },
        end,
      });
      return (async function* () {
        while (true) {
          const next = waiting.shift();
          if (next !== undefined) yield next;
          else if (ends.length > 0) {
            if (ends[0].error) throw ends[0].error;
            return;
          } else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      })();
    },
  };
  const tail = createLogTail(source, (draw) => void setTimeout(draw, 16));
  tail.start();
  return { tail, streams, settle: () => vi.advanceTimersByTimeAsync(20) };
}

const messages = (tail: ReturnType<typeof createLogTail>) =>
  tail.state().items.map((item) => ('line' in item ? item.line.message : `(${item.gap})`));

it('begins with the newest stored lines, and shows lines as they come above them', async () => {
  const { tail, streams, settle } = open(async () => ['b', 'a'].map(lineOf));
  await settle();
  expect(tail.state().phase).toBe('connecting');
  streams[0].send(ready);
  await settle();
  streams[0].send(log('c'));
  await settle();
  expect(tail.state().phase).toBe('following');
  expect(messages(tail)).toEqual(['c', 'b', 'a']);
  tail.stop();
});

it('shows a line once that is stored between the stream and the answer, whichever says it first', async () => {
  const answer = Promise.withResolvers<LogLine[]>();
  const { tail, streams, settle } = open(() => answer.promise);
  await settle();
  streams[0].send(ready);
  streams[0].send(log('b'));
  await settle();
  answer.resolve(['c', 'b', 'a'].map(lineOf));
  await settle();
  streams[0].send(log('c'));
  streams[0].send(log('d'));
  await settle();
  expect(messages(tail)).toEqual(['d', 'c', 'b', 'a']);
  tail.stop();
});

it('connects again, and adds what was stored meanwhile', async () => {
  const stored = ['a'];
  const { tail, streams, settle } = open(async () => stored.toReversed().map(lineOf));
  await settle();
  streams[0].send(ready);
  await settle();
  stored.push('b', 'c');
  streams[0].end(problem(0));
  await settle();
  expect(tail.state()).toMatchObject({ phase: 'away', error: { detail: 'refused' } });
  await vi.advanceTimersByTimeAsync(500);
  streams[1].send(ready);
  await settle();
  expect(tail.state()).toMatchObject({ phase: 'following', error: null });
  expect(messages(tail)).toEqual(['c', 'b', 'a']);
  tail.stop();
});

it('says where more lines are missing than it asks for', async () => {
  let newest = 0;
  const { tail, streams, settle } = open(async (limit) =>
    Array.from({ length: limit }, (_, i) => lineOf(String(newest - i))),
  );
  await settle();
  newest = 200;
  streams[0].send(ready);
  await settle();
  newest = 900;
  streams[0].end();
  await vi.advanceTimersByTimeAsync(600);
  streams[1].send(ready);
  await settle();
  expect(messages(tail)[200]).toMatch(/^\(More lines came/);
  tail.stop();
});

it('waits longer each time while the server is away, and not beyond 15 s', async () => {
  const { tail, streams } = open();
  const gaps: number[] = [];
  for (let i = 0; i < 8; i++) {
    await vi.advanceTimersByTimeAsync(0);
    const count = streams.length;
    streams[count - 1].end(problem(503));
    const begun = Date.now();
    while (streams.length === count) await vi.advanceTimersByTimeAsync(100);
    gaps.push(Date.now() - begun);
  }
  expect(gaps).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  tail.stop();
});

it('stops at a refusal that does not pass, also of the lines from before', async () => {
  const { tail, streams, settle } = open();
  await settle();
  streams[0].end(problem(403));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(streams).toHaveLength(1);
  expect(tail.state().phase).toBe('stopped');
  const refused = open(() => Promise.reject(problem(400)));
  await refused.settle();
  refused.streams[0].send(ready);
  await refused.settle();
  expect(refused.tail.state()).toMatchObject({ phase: 'stopped', error: { status: 400 } });
});

it('keeps the newest 1,000 lines and counts what gave way, also while nothing is drawn', async () => {
  const { tail, streams, settle } = open();
  await settle();
  streams[0].send(ready);
  await settle();
  for (let i = 1; i <= 5_000; i++) streams[0].send(log(String(i)));
  await settle();
  const { items, removed } = tail.state();
  expect([items.length, removed, messages(tail)[0], messages(tail).at(-1)]).toEqual([
    1_000,
    4_000,
    '5000',
    '4001',
  ]);
  tail.stop();
});

it('keeps the lines of a pause on the page, and counts what waits', async () => {
  const { tail, streams, settle } = open(async () => [lineOf('a')]);
  await settle();
  streams[0].send(ready);
  await settle();
  tail.pause(true);
  streams[0].send(log('b'));
  streams[0].send({ event: 'dropped', data: { count: 7 } });
  await settle();
  expect(tail.state()).toMatchObject({ paused: true, waiting: 1, dropped: 7 });
  expect(messages(tail)).toEqual(['a']);
  tail.pause(false);
  await settle();
  expect(tail.state().waiting).toBe(0);
  expect(messages(tail)).toEqual([expect.stringContaining('(7 lines are missing'), 'b', 'a']);
  tail.stop();
});

it('tells of many lines once for each time the page is drawn, and nothing after it has stopped', async () => {
  const { tail, streams, settle } = open();
  await settle();
  streams[0].send(ready);
  await settle();
  const told = vi.fn();
  tail.subscribe(told);
  for (let i = 0; i < 500; i++) streams[0].send(log(String(i)));
  await settle();
  expect(told).toHaveBeenCalledTimes(1);
  tail.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(streams).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});
