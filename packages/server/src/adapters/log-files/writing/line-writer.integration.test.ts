import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOG_LEVELS } from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listSegments } from '../blocks/segment.ts';
import { openLineWriter } from './line-writer.ts';
import { readStored } from './read-lines.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'line-writer-'));
});
afterEach(() => rm(folder, { recursive: true }));

const line = (seq: number) => {
  const said = { timestamp: seq, level: 'info', service: 'feed', message: 'x'.repeat(200), fields: { seq } };
  return readStored({ bytes: Buffer.from(`${JSON.stringify(said)}\n`), count: 1 }, LOG_LEVELS);
};

it('keeps the newest lines, and gives no id twice, when the clock is set back over midnight', () => {
  let now = Date.UTC(2026, 10, 28, 0, 0, 3);
  const settings = {
    ...{ folder, blockBytes: 100, segmentBytes: 65_536, keepDays: 30, keepBytes: 1, busyTimeoutMs: 1_000 },
    levels: LOG_LEVELS,
  };
  const open = () => openLineWriter(settings, () => now);
  let writer = open();
  for (let seq = 1; seq <= 3; seq++) writer.append(line(seq));
  now -= 10_000;
  for (let seq = 4; seq <= 6; seq++) writer.append(line(seq));
  writer.close();
  // A start removes what is beyond the bytes that are kept.
  writer = open();
  expect(listSegments(folder)).toMatchObject([{ day: '20261127', firstId: 4 }]);
  now += 20_000;
  writer.append(line(7));
  writer.close();
  expect(listSegments(folder).at(-1)).toMatchObject({ day: '20261128', firstId: 7 });
});

it('keeps what is recent while the clock is years ahead, and afterwards what was stored then is as old as the rest', () => {
  let now = Date.UTC(2026, 10, 28, 12);
  let elapsed = 0;
  const DAY_MS = 86_400_000;
  const settings = {
    ...{ folder, blockBytes: 100, segmentBytes: 1, keepDays: 30, keepBytes: 1e9, busyTimeoutMs: 1_000 },
    levels: LOG_LEVELS,
  };
  const open = () =>
    openLineWriter(
      settings,
      () => now,
      () => elapsed,
    );
  const days = () => listSegments(folder).map(({ day }) => day);
  const pass = (ms: number) => {
    now += ms;
    elapsed += ms;
  };
  let writer = open();
  writer.append(line(1));
  pass(DAY_MS);
  writer.append(line(2));
  now += 3_653 * DAY_MS;
  const { clockAheadDays } = writer.append(line(3));
  expect(days()).toEqual(['20261128', '20261129', '20361129']);
  expect(clockAheadDays).toBe(3_653);
  writer.close();
  // A start does not believe it, either.
  writer = open();
  writer.append(line(4));
  expect(days()).toContain('20261128');
  now -= 3_653 * DAY_MS;
  writer.append(line(5));
  // Of days that come one after another, all but the newest thirty go, in their order.
  for (let day = 0; day < 40; day++) {
    pass(DAY_MS);
    writer.append(line(6 + day));
  }
  expect(days()[0]).toBe('20261209');
  writer.close();
});
