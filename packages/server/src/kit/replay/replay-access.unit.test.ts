import type { ReplayState } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import type { Identity } from '../tokens/token.ts';
import { mayControlReplay, withoutFileNames } from './replay-access.ts';

const FAILED: ReplayState = {
  ...{ state: 'failed', id: 'r1', recording: 'client_42.csv', products: ['NIFTY'], from: null, to: null },
  ...{ at: null, shift_ms: 0, speed: 1, loop: false, then_live: false, passes: 0, chains: 4, ticks: 1 },
  reason: 'client_42.csv: row 7 has no strike',
};

it('names a recording neither as such nor in what went wrong with it', () => {
  const told = withoutFileNames(FAILED);
  expect(JSON.stringify(told)).not.toContain('client_42');
  expect(told).toMatchObject({ state: 'failed', products: ['NIFTY'], chains: 4 });
  expect(told.reason).toBe('the recording could not be played');
  expect(withoutFileNames({ ...FAILED, state: 'playing', reason: null }).reason).toBeNull();
});

it('leaves what is told of a stored range as it is', () => {
  const stored = { ...FAILED, recording: null, reason: 'the store is away' };
  expect(withoutFileNames(stored)).toBe(stored);
});

it('lets administrators control the replay, and of their API keys those with the scope', () => {
  const identity = (given: Partial<Identity>): Identity => ({
    ...{ userId: 'u', email: 'e', role: 'admin', sessionId: 's', scopes: null, exp: 0 },
    ...given,
  });
  expect(mayControlReplay(identity({}))).toBe(true);
  expect(mayControlReplay(identity({ scopes: ['operations:manage'] }))).toBe(true);
  expect(mayControlReplay(identity({ scopes: ['market:read'] }))).toBe(false);
  expect(mayControlReplay(identity({ role: 'trader' }))).toBe(false);
  expect(mayControlReplay(null)).toBe(false);
});
