import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LogEntry, NO_CONTEXT } from '../../../ports/stores/logs/log-store.ts';
import { createEntryBuffer } from './entry-buffer.ts';

const entry = (n: number): LogEntry => ({
  timestamp: n,
  level: 'info',
  service: 'feed',
  message: '',
  ...NO_CONTEXT,
  fields: {},
});
const times = (entries: LogEntry[]) => entries.map(({ timestamp }) => timestamp);

describe('the entry buffer', () => {
  it('drops the oldest when it has too many entries', () => {
    const buffer = createEntryBuffer<LogEntry>({ maxEntries: 3, maxCharacters: 1000 });
    const dropped = [1, 2, 3, 4, 5].map((n) => buffer.push(entry(n), 1));
    expect(dropped).toEqual([0, 0, 0, 1, 1]);
    expect(times(buffer.take(10))).toEqual([3, 4, 5]);
    expect(buffer.length()).toBe(0);
  });

  it('drops the oldest when they are too long together', () => {
    const buffer = createEntryBuffer<LogEntry>({ maxEntries: 10, maxCharacters: 100 });
    for (const n of [1, 2, 3]) buffer.push(entry(n), 30);
    expect(buffer.push(entry(4), 80)).toBe(3);
    expect(times(buffer.take(10))).toEqual([4]);
  });

  it('counts what is many entries as so many', () => {
    const buffer = createEntryBuffer<string>({ maxEntries: 10, maxCharacters: 1000 });
    expect(['four', 'one', 'five'].map((item, i) => buffer.push(item, 1, [4, 1, 5][i]))).toEqual([0, 0, 0]);
    expect(buffer.length()).toBe(10);
    expect(buffer.push('three', 1, 3)).toBe(4);
    expect(buffer.take(2)).toEqual(['one', 'five']);
    expect(buffer.length()).toBe(3);
    // It cannot be divided: it is there until something else comes.
    expect(buffer.push('twenty', 1, 20)).toBe(3);
    expect(buffer.push('one', 1)).toBe(20);
    expect(buffer.take(10)).toEqual(['one']);
  });

  it('is a queue with a bound, whatever is done in which order', () => {
    const push = fc.record({ size: fc.integer({ min: 1, max: 50 }) });
    const take = fc.record({ take: fc.integer({ min: 0, max: 6 }) });
    fc.assert(
      fc.property(fc.array(fc.oneof(push, take)), (steps) => {
        const buffer = createEntryBuffer<LogEntry>({ maxEntries: 4, maxCharacters: 100 });
        let model: { n: number; size: number }[] = [];
        steps.forEach((step, n) => {
          if ('take' in step) {
            expect(times(buffer.take(step.take))).toEqual(model.slice(0, step.take).map((each) => each.n));
            model = model.slice(step.take);
            return;
          }
          const before = model.length;
          while (model.length === 4 || model.reduce((sum, { size }) => sum + size, step.size) > 100)
            model.shift();
          expect(buffer.push(entry(n), step.size)).toBe(before - model.length);
          model.push({ n, size: step.size });
          expect(buffer.length()).toBe(model.length);
        });
      }),
    );
  });
});
