import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LogEntry, NO_CONTEXT } from '../../../ports/stores/logs/log-store.ts';
import { createLogTail } from './log-tail.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000, toFake: ['setInterval', 'clearInterval', 'Date'] }));
afterEach(() => void vi.useRealTimers());

const entry = (message: string): LogEntry => ({
  ...NO_CONTEXT,
  ...{ timestamp: 0, level: 'info', service: 'feed', message, fields: {} },
});

function open(settings = {}) {
  const dropped = { total: 0 };
  const tail = createLogTail({
    clock: { now: () => Date.now(), monotonicMs: () => Date.now() },
    metrics: {
      tailDropped: (count) => {
        dropped.total += count;
      },
    },
    settings: {
      ...{ tailPeers: 2, tailWaitingBytes: 2_000, tailHeartbeatMs: 100, tailMaxMs: 1_000 },
      ...settings,
    },
  });
  return { tail, dropped };
}
/** Takes all that waits, as a reader does that catches up. */
function taken(stream: NodeJS.ReadableStream): string {
  let text = '';
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) text += String(chunk);
  return text;
}
const events = (text: string) =>
  text
    .split('\n\n')
    .filter((part) => part.startsWith('event: '))
    .map((part) => {
      const [event, data] = part.split('\n');
      return [event.slice(7), JSON.parse(data.slice(6))];
    });

describe('followed log', () => {
  it('gives entries that fit, in order, after it is ready', () => {
    const { tail } = open();
    const stream = tail.follow({ texts: ['keep'] });
    tail.publish([entry('keep 1'), entry('other'), entry('keep 2')]);
    expect(events(taken(stream))).toMatchObject([
      ['ready', { at: '1970-01-01T00:16:40.000Z' }],
      ['log', { message: 'keep 1', timestamp: '1970-01-01T00:00:00.000Z', trace_id: null }],
      ['log', { message: 'keep 2' }],
    ]);
  });

  it('leaves out, counts and tells what a slow reader has no room for, and costs no other', () => {
    const { tail, dropped } = open();
    const slow = tail.follow({});
    const quick = tail.follow({});
    let read = taken(quick);
    for (let i = 0; i < 50; i++) {
      tail.publish([entry(`line ${i}`)]);
      read += taken(quick);
    }
    expect(slow.readableLength).toBeLessThanOrEqual(2_000);
    expect(events(read).filter(([name]) => name === 'log')).toHaveLength(50);
    const late = events(taken(slow));
    const kept = late.filter(([name]) => name === 'log').length;
    expect(kept).toBeGreaterThan(3);
    expect(late.at(-1)).toEqual(['dropped', { count: 50 - kept }]);
    expect(dropped.total).toBe(50 - kept);
    tail.publish([entry('after')]);
    expect(events(taken(slow))).toMatchObject([['log', { message: 'after' }]]);
  });

  it('tells of a line that alone is too long', () => {
    const { tail } = open();
    const stream = tail.follow({});
    taken(stream);
    tail.publish([entry('x'.repeat(3_000)), entry('short')]);
    expect(events(taken(stream))).toMatchObject([
      ['dropped', { count: 1 }],
      ['log', { message: 'short' }],
    ]);
  });

  it('is heard of while nothing is logged, and ends after its longest time', () => {
    const { tail } = open();
    const stream = tail.follow({});
    taken(stream);
    vi.advanceTimersByTime(100);
    expect(taken(stream)).toBe(': heartbeat\n\n');
    for (let i = 0; i < 9; i++) {
      vi.advanceTimersByTime(100);
      if (i < 8) taken(stream);
    }
    expect(events(taken(stream))).toEqual([['end', { reason: 'too_long' }]]);
    expect(tail.readers()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('refuses one reader too many, and takes one again when another left', async () => {
    const { tail } = open();
    const first = tail.follow({});
    tail.follow({});
    expect(() => tail.follow({})).toThrow(/2 readers follow the log already/);
    first.destroy();
    await new Promise((resolve) => first.once('close', resolve));
    expect(tail.readers()).toBe(1);
    expect(tail.follow({})).toBeDefined();
  });

  it('tells every reader that it ends, and takes no other', () => {
    const { tail } = open();
    const stream = tail.follow({});
    tail.end();
    expect(events(taken(stream)).at(-1)).toEqual(['end', { reason: 'stopping' }]);
    expect(() => tail.follow({})).toThrow(/stopping/);
    expect(vi.getTimerCount()).toBe(0);
  });
});
