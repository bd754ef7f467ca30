import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type LogEntry, NO_CONTEXT } from '../../../ports/stores/logs/log-store.ts';
import { parseLogsQuery } from './logql/parse.ts';
import { createPipeline } from './pipeline.ts';
import { createSocketReader } from './tail-socket.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const entry = (timestamp: number, message: string): LogEntry => ({
  ...{ timestamp, level: 'warn', service: 'feed', message },
  ...NO_CONTEXT,
  fields: {},
});
const STREAM = { service_name: 'feed', level: 'warn' };

function open(query = '{service_name="feed"} |= "silent"', tailWaitingBytes = 1_000) {
  const show = createPipeline(parseLogsQuery(query));
  const frames: { streams: { stream: object; values: string[][] }[]; dropped_entries: object[] }[] = [];
  const state = { bufferedAmount: 0, pings: 0, isCut: false, dropped: 0, pong: () => {} };
  const socket = {
    get bufferedAmount() {
      return state.bufferedAmount;
    },
    send: (text: string) => frames.push(JSON.parse(text)),
    ping: () => {
      state.pings += 1;
    },
    terminate: () => {
      state.isCut = true;
    },
    on: (_event: string, listener: () => void) => {
      state.pong = listener;
    },
  };
  const reader = createSocketReader({
    socket: socket as unknown as Parameters<typeof createSocketReader>[0]['socket'],
    ...{ show, delayMs: 0, clock: { now: () => Date.now(), monotonicMs: () => Date.now() } },
    onDropped: (count) => {
      state.dropped += count;
    },
    settings: { tailWaitingBytes, tailMaxMs: 60_000 },
  });
  const take = (...entries: LogEntry[]) => {
    for (const each of entries) reader.take(each, () => Buffer.alloc(0));
  };
  const lines = () =>
    frames.flatMap(({ streams }) => streams.flatMap(({ values }) => values.map(([, text]) => text)));
  const past = (each: LogEntry) => ({ entry: each, line: show(each)! });
  return { reader, frames, state, take, lines, past };
}

it('sends lines of the query in frames as they are documented', () => {
  const { reader, frames, take } = open();
  reader.begin([]);
  take(entry(2, 'silent 2'), entry(1, 'silent 1'), entry(3, 'loud'));
  vi.advanceTimersByTime(100);
  const values = [
    ['1000000', 'silent 1'],
    ['2000000', 'silent 2'],
  ];
  expect(frames).toEqual([{ streams: [{ stream: STREAM, values }], dropped_entries: [] }]);
});

it('sends what was before, and then what came while that was read, each line once', () => {
  const { reader, take, lines, past } = open();
  const twice = entry(2, 'silent 2');
  take(twice, entry(3, 'silent 3'));
  vi.advanceTimersByTime(10_000);
  expect(lines()).toEqual([]);
  reader.begin([past(entry(1, 'silent 1')), past(twice)]);
  vi.advanceTimersByTime(100);
  expect(lines()).toEqual(['silent 1', 'silent 2', 'silent 3']);
});

it('drops what its reader is too slow for, and names it once there is room', () => {
  const { reader, frames, state, take, lines } = open();
  reader.begin([]);
  state.bufferedAmount = 1_001;
  take(entry(1, 'silent 1'), entry(2, 'silent 2'));
  vi.advanceTimersByTime(100);
  expect(frames).toEqual([]);
  expect(state.dropped).toBe(2);
  state.bufferedAmount = 0;
  take(entry(3, 'silent 3'));
  vi.advanceTimersByTime(100);
  expect(lines()).toEqual(['silent 3']);
  expect(frames[0].dropped_entries).toEqual([
    { timestamp: '1000000', labels: STREAM },
    { timestamp: '2000000', labels: STREAM },
  ]);
});

it('names what was dropped also when no line follows', () => {
  const { reader, frames, state, take } = open();
  reader.begin([]);
  state.bufferedAmount = 1_001;
  take(entry(1, 'silent 1'));
  vi.advanceTimersByTime(100);
  state.bufferedAmount = 0;
  reader.beat();
  vi.advanceTimersByTime(100);
  expect(frames).toEqual([{ streams: [], dropped_entries: [{ timestamp: '1000000', labels: STREAM }] }]);
});

it('bounds what waits while the lines before are read', () => {
  const { reader, state, take, lines } = open(undefined, 100_000);
  take(...Array.from({ length: 6_000 }, (_, i) => entry(i, `silent ${i}`)));
  expect(state.dropped).toBe(1_000);
  reader.begin([]);
  vi.advanceTimersByTime(100);
  expect(lines()).toHaveLength(5_000);
});

it('bounds the bytes of a frame, of lines that came, of those before and of names of dropped ones', () => {
  const { reader, frames, state, take, lines, past } = open(undefined, 20_000);
  const long = (i: number) => ({
    ...entry(i, `silent ${'x'.repeat(4_000)}`),
    fields: { a: 'y'.repeat(2_000) },
  });
  const bytes = () => JSON.stringify(frames).length;
  const all = Array.from({ length: 100 }, (_, i) => long(i));
  reader.begin(all.map(past));
  expect(lines()).toHaveLength(3);
  expect(frames[0].streams[0].values[0][0]).toBe('97000000');
  frames.splice(0);
  vi.advanceTimersByTime(100);
  take(...all);
  vi.advanceTimersByTime(100);
  expect(lines()).toHaveLength(3);
  expect(bytes()).toBeLessThan(40_000);
  expect(state.dropped).toBe(2 * 97);
});

it('cuts who answers no pings, and who followed long enough', () => {
  const silent = open();
  silent.reader.begin([]);
  for (let i = 0; i < 3; i++) silent.reader.beat();
  expect(silent.state).toMatchObject({ pings: 2, isCut: true });
  const living = open();
  living.reader.begin([]);
  for (let i = 0; i < 10; i++) {
    living.reader.beat();
    living.state.pong();
  }
  expect(living.state.isCut).toBe(false);
  vi.advanceTimersByTime(60_000);
  living.reader.beat();
  expect(living.state.isCut).toBe(true);
});
