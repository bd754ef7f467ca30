import { LOGS } from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createBusLog } from './bus-log.ts';
import { LOG_OUTPUT } from './log-output-settings.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A bus that takes what it is given, unless it is away or full. */
function receiving() {
  const state = { away: false, pressure: 0, frames: [] as ReturnType<typeof LOGS.frames.decode>[] };
  return {
    state,
    pressure: () => state.pressure,
    async publish(_topic: string, frame: Uint8Array) {
      if (state.away) throw new Error('away');
      state.frames.push(LOGS.frames.decode(frame));
      return '1';
    },
    lines: () => state.frames.flatMap(({ lines }) => lines.trimEnd().split('\n')),
  };
}
const line = (n: number) => `{"n":${n}}\n`;

it('sends lines in order and in batches, also those from before there was a bus', async () => {
  const bus = receiving();
  const log = createBusLog({ ...LOG_OUTPUT.defaults, batchLines: 3 });
  for (let n = 1; n <= 4; n++) log.write(line(n));
  log.start(bus);
  await vi.advanceTimersByTimeAsync(1);
  log.write(line(5));
  expect(bus.lines()).toHaveLength(4);
  await vi.advanceTimersByTimeAsync(LOG_OUTPUT.defaults.sendMs);
  expect(bus.lines()).toEqual([1, 2, 3, 4, 5].map((n) => line(n).trimEnd()));
  expect(bus.state.frames.map(({ first, count }) => [first, count])).toEqual([
    [1, 3],
    [4, 1],
    [5, 1],
  ]);
});

it('keeps lines while the bus is away or nearly full, drops the oldest and says exactly how many', async () => {
  const bus = receiving();
  const log = createBusLog({ ...LOG_OUTPUT.defaults, spoolBytes: 100 * (64 + 10) });
  log.start(bus);
  bus.state.away = true;
  for (let n = 1; n <= 50; n++) log.write(line(n));
  await vi.advanceTimersByTimeAsync(1_000);
  bus.state.away = false;
  bus.state.pressure = 0.6;
  for (let n = 51; n <= 250; n++) log.write(line(n));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(bus.lines()).toEqual([]);
  bus.state.pressure = 0;
  await vi.advanceTimersByTimeAsync(1_000);
  const entries = bus.lines().map((text) => JSON.parse(text));
  const came = entries.filter(({ n }) => n !== undefined);
  const said = entries.filter(({ event }) => event === 'log_lines_dropped');
  expect(came.at(-1).n).toBe(250);
  expect(came.map(({ n }) => n)).toEqual(came.map((_, i) => 251 - came.length + i));
  expect(said.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(250 - came.length);
  expect(log.dropped()).toBe(250 - came.length);
});

it('sends what waits when it stops, and ends where the bus hangs', async () => {
  const bus = receiving();
  const log = createBusLog(LOG_OUTPUT.defaults);
  log.start(bus);
  await vi.advanceTimersByTimeAsync(10);
  log.write(line(1));
  await log.stop();
  expect(bus.lines()).toHaveLength(1);
  const hanging = createBusLog(LOG_OUTPUT.defaults);
  hanging.start({ pressure: () => 0, publish: () => new Promise(() => {}) });
  hanging.write(line(1));
  const stopped = hanging.stop();
  await vi.advanceTimersByTimeAsync(LOG_OUTPUT.defaults.finalSendMs);
  await stopped;
  expect(hanging.waiting()).toBe(1);
});
