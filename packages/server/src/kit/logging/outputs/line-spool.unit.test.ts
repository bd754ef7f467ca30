import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLineSpool } from './line-spool.ts';

const LINE = 'x'.repeat(36); // 100 bytes with what a line costs.

it('numbers lines from 1 and keeps what was only looked at', () => {
  const spool = createLineSpool(1_000);
  for (const line of ['a\n', 'b\n', 'c\n']) spool.push(line);
  expect(spool.peek(2)).toEqual({ first: 1, lines: ['a\n', 'b\n'] });
  spool.passed({ first: 1, lines: ['a\n', 'b\n'] });
  expect(spool.peek(9)).toEqual({ first: 3, lines: ['c\n'] });
  spool.passed({ first: 3, lines: ['c\n'] });
  expect(spool.peek(1)).toBeNull();
  expect(spool.dropped()).toBe(0);
});

it('drops the oldest, and does not count those that arrived all the same', () => {
  const spool = createLineSpool(1_000);
  for (let i = 0; i < 10; i++) spool.push(LINE);
  const sent = spool.peek(4);
  for (let i = 0; i < 6; i++) spool.push(LINE);
  expect(spool.dropped()).toBe(6);
  spool.passed(sent as NonNullable<typeof sent>);
  expect(spool.dropped()).toBe(2);
  expect(spool.peek(1)?.first).toBe(7);
});

it('loses no line without counting it, whatever is done in which order', () => {
  const step = fc.oneof(
    fc.record({ push: fc.integer({ min: 1, max: 400 }) }),
    fc.record({ pass: fc.integer({ min: 1, max: 300 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const spool = createLineSpool(20_000);
      let pushed = 0;
      let passed = 0;
      for (const each of steps) {
        if ('push' in each) {
          for (let i = 0; i < each.push; i++) spool.push(String(++pushed).padEnd(36));
          continue;
        }
        const batch = spool.peek(each.pass);
        if (batch === null) continue;
        expect(batch.lines.map(Number)).toEqual(batch.lines.map((_, i) => batch.first + i));
        spool.passed(batch);
        passed += batch.lines.length;
      }
      expect(spool.waiting() + spool.dropped() + passed).toBe(pushed);
      expect(spool.waiting()).toBeLessThanOrEqual(200);
    }),
  );
});
