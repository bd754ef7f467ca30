import { expect, it } from 'vitest';
import { problemText } from './problem-text.ts';

const since = '2026-08-19T04:00:00.000Z';
const timeOfDay = (iso: string) => iso.slice(11, 19);

it('says once since when a problem lasts, in the time of the reader', () => {
  expect(problemText({ reason: `deribit is waiting: cut, since ${since}`, since }, timeOfDay)).toBe(
    'deribit is waiting: cut since 04:00:00',
  );
  expect(problemText({ reason: 'the market is closed', since: null }, timeOfDay)).toBe(
    'the market is closed',
  );
});

it('says durations as a person reads them', () => {
  const reason = `deribit is mute: connected, but no quote came for 30000 ms, since ${since}`;
  expect(problemText({ reason, since }, timeOfDay)).toBe(
    'deribit is mute: connected, but no quote came for 30 s since 04:00:00',
  );
});
