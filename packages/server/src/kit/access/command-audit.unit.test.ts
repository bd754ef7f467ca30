import { OPERATOR_COMMANDS, type OperatorCommand } from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createManualClock } from '../../ports/clock.ts';
import { createCommandAudit, type NotedCommand } from './command-audit.ts';

const COMMAND: NotedCommand = { command: 'POST /x', by: 'u', key_id: null, ip: null, result: 'ok' };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function underTest() {
  const published: OperatorCommand[] = [];
  const state = { isAway: false, isHanging: false };
  const audit = createCommandAudit({
    ...{ clock: createManualClock(1), handledBy: 'operations' },
    bus: {
      async publish(_topic, frame) {
        if (state.isHanging) await new Promise(() => undefined);
        if (state.isAway) throw new Error('away');
        published.push(OPERATOR_COMMANDS.frames.decode(frame));
        return '1';
      },
    },
  });
  return { audit, published, state };
}

it('publishes what waited for the bus once it is back, in order, and the newest of too many', async () => {
  const { audit, published, state } = underTest();
  state.isAway = true;
  for (let i = 0; i < 1_003; i++) await audit.note({ ...COMMAND, command: `POST /${i}` });
  expect(published).toEqual([]);
  state.isAway = false;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(published).toHaveLength(1_000);
  expect([published[0].command, published[999].command]).toEqual(['POST /3', 'POST /1002']);
  expect(new Set(published.map(({ id }) => id)).size).toBe(1_000);
});

it('holds a response up for a second at most', async () => {
  const { audit, state } = underTest();
  state.isHanging = true;
  const noted = audit.note(COMMAND);
  await vi.advanceTimersByTimeAsync(1_000);
  await noted;
});

it('keeps no secret and no content of a file, and cuts what is long', async () => {
  const { audit, published } = underTest();
  const request = { password: 'canary', content: 'canary', address: 'http://me:canary@host', file: 'a.csv' };
  await audit.note({ ...COMMAND, request });
  expect(published[0].request).toContain('a.csv');
  expect(published[0].request).not.toContain('canary');
  await audit.note({ ...COMMAND, request: { text: 'x'.repeat(5_000) } });
  expect(published[1].request?.length).toBe(1_001);
  // At an odd place, so that the cut comes within a character.
  for (const text of ['😀'.repeat(600), `x${'😀'.repeat(600)}`]) {
    await audit.note({ ...COMMAND, request: { text } });
  }
  expect(published.slice(2).map(({ request }) => request?.isWellFormed())).toEqual([true, true]);
});
