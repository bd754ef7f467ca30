import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createManualClock } from '../ports/clock.ts';
import { createRetentionClock } from './retention-clock.ts';

const START = 1_795_680_000_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'retention-clock-'));
  file = join(folder, 'retention.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(startMs: number) {
  const clock = createManualClock(startMs);
  const { now } = createRetentionClock({
    ...{ keepMs: 30 * DAY_MS, file, wallMs: clock.now, monotonicMs: clock.monotonicMs },
  });
  return { clock, now };
}

it('does not believe a clock that is far ahead at a start, over any number of starts within a day', () => {
  expect(open(START).now()).toBe(START);
  const ahead = START + 3_650 * DAY_MS;
  for (let start = 0; start < 5; start++) {
    const { clock, now } = open(ahead);
    expect(now()).toBeLessThan(START + DAY_MS);
    clock.set(ahead + HOUR_MS);
    expect(now()).toBeLessThan(START + DAY_MS);
  }
  expect(open(START + DAY_MS).now()).toBe(START + DAY_MS);
});

it('goes on after a short time off, and reads no damaged file', () => {
  open(START).now();
  expect(open(START + 2 * DAY_MS).now()).toBe(START + 2 * DAY_MS);
  writeFileSync(file, '{"at":');
  expect(open(START + 90 * DAY_MS).now()).toBe(START + 90 * DAY_MS);
});
