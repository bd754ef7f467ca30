import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../ports/clock.ts';
import { DeltaStreamError } from '../errors.ts';
import { type ApiKeyOptions, acceptApiKeys } from './api-keys.ts';
import type { Identity, TokenVerifier } from './token.ts';

const LIFETIME_MS = 600_000;
const clock = createManualClock(1_787_000_000_000);
const keyOf = (number: number) => `ds_${String(number).padStart(16, '0')}_${'a'.repeat(64)}`;
const GOOD = keyOf(9_999_999);
let asked: [string, string | undefined][];
let failure: DeltaStreamError | null;

beforeEach(() => {
  asked = [];
  failure = null;
});

const tokens: TokenVerifier = {
  async verify(token) {
    const exp = Number(token.split(':')[1]);
    if (exp * 1000 > clock.now()) return { userId: 'u', exp } as Identity;
    throw new DeltaStreamError('invalid_token', 'expired');
  },
  onRevoked: () => () => {},
};

function start(options: Partial<ApiKeyOptions> = {}) {
  const verifier = acceptApiKeys(tokens, {
    clock,
    async exchange(key, address) {
      asked.push([key, address]);
      if (failure !== null) throw failure;
      if (key === GOOD) return `token:${(clock.now() + LIFETIME_MS) / 1000}`;
      throw new DeltaStreamError('invalid_token', 'unknown');
    },
    ...options,
  });
  return async (key: string, address: string): Promise<string> => {
    try {
      await verifier.verify(key, address);
      return 'ok';
    } catch (error) {
      return (error as DeltaStreamError).code;
    }
  };
}

describe('API keys that are guessed', () => {
  it('are asked about up to the limit of their network, and are then too many, not bad', async () => {
    const verify = start({ badKeysPerNetwork: 20 });
    const codes: string[] = [];
    for (let i = 0; i < 3000; i++) codes.push(await verify(keyOf(i), '192.0.2.1'));
    expect(codes.filter((code) => code === 'invalid_token')).toHaveLength(20);
    expect(codes.filter((code) => code === 'too_many_requests')).toHaveLength(2980);
    expect(asked).toHaveLength(20);
  });

  it('take nothing from a key that was good before, also when its token has to be renewed', async () => {
    const verify = start({ badKeysPerNetwork: 5 });
    expect(await verify(GOOD, '192.0.2.1')).toBe('ok');
    for (let i = 0; i < 50; i++) await verify(keyOf(i), '192.0.2.1');
    expect(await verify(GOOD, '192.0.2.1')).toBe('ok');
    clock.set(clock.now() + LIFETIME_MS);
    expect(await verify(GOOD, '192.0.2.1')).toBe('ok');
  });

  it('take nothing from other networks, and of their own a key that is new here waits', async () => {
    const verify = start({ badKeysPerNetwork: 5 });
    for (let i = 0; i < 50; i++) await verify(keyOf(i), '192.0.2.1');
    expect(await verify(GOOD, '192.0.2.1')).toBe('too_many_requests');
    expect(await verify(GOOD, '192.0.2.2')).toBe('ok');
    expect(await verify(GOOD, '192.0.2.1')).toBe('ok');
  });

  it('cannot pass the limit together, and share one exchange where they are the same', async () => {
    const verify = start({ badKeysPerNetwork: 5 });
    await Promise.all(Array.from({ length: 50 }, (_, i) => verify(keyOf(i), '192.0.2.1')));
    expect(asked).toHaveLength(5);
    await Promise.all(Array.from({ length: 50 }, () => verify(GOOD, '192.0.2.2')));
    expect(asked).toHaveLength(6);
  });

  it('are refused without asking again when they were refused, and when they are malformed', async () => {
    const verify = start({ badKeysPerNetwork: 5 });
    for (let i = 0; i < 50; i++) expect(await verify(keyOf(1), '192.0.2.1')).toBe('invalid_token');
    for (let i = 0; i < 50; i++) expect(await verify('ds_nonsense', '192.0.2.1')).toBe('invalid_token');
    expect(asked).toEqual([[keyOf(1), '192.0.2.1']]);
  });

  it.each(['unavailable', 'too_many_requests'] as const)(
    'and a failure to find out (%s) is not taken for a bad key',
    async (code) => {
      const verify = start({ badKeysPerNetwork: 5 });
      failure = new DeltaStreamError(code, 'not now');
      for (let i = 0; i < 20; i++) expect(await verify(GOOD, '192.0.2.1')).toBe(code);
      failure = null;
      expect(await verify(GOOD, '192.0.2.1')).toBe('ok');
    },
  );
});
