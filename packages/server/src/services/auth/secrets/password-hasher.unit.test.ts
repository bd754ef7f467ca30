import { createHash } from 'node:crypto';
import bcrypt from 'bcrypt';
import { describe, expect, it, vi } from 'vitest';
import { createTurns } from '../throttle/turns.ts';
import { createPasswordHasher } from './password-hasher.ts';
import { createPasswordScheme, type PasswordSchemeOptions } from './password-scheme.ts';

const CHEAP: PasswordSchemeOptions = {
  algorithm: 'bcrypt',
  bcryptCost: 4,
  argon2MemoryKib: 64,
  argon2Passes: 1,
  key: Buffer.alloc(32, 1),
};
const CLIENT = { network: '203.0.113.1', known: false };
const schemeOf = (changes: Partial<PasswordSchemeOptions> = {}) =>
  createPasswordScheme({ ...CHEAP, ...changes });

function start(changes: Partial<PasswordSchemeOptions> = {}) {
  const counted = { computations: 0 };
  const hasher = createPasswordHasher({
    scheme: schemeOf(changes),
    turns: createTurns({ concurrency: 2, maxWaiting: 8, maxWaitingOfNetwork: 8 }),
    onComputation: () => {
      counted.computations += 1;
    },
  });
  return { hasher, counted };
}

describe.each([
  ['bcrypt', /^\$hs256-bcrypt\$k=[\w-]{8}\$2b\$04\$[./\w]{53}$/],
  ['argon2id', /^\$hs256-argon2id\$k=[\w-]{8}\$argon2id\$v=19\$m=64,t=1,p=1\$/],
] as const)('the password hasher with %s', (algorithm, form) => {
  it('knows a password again, and no other', async () => {
    const { hasher } = start({ algorithm });
    const hash = await hasher.hash('correct horse', CLIENT);
    expect(hash).toMatch(form);
    expect(await hasher.matches('correct horse', hash, CLIENT)).toBe(true);
    expect(await hasher.matches('Correct horse', hash, CLIENT)).toBe(false);
  });

  it('reads a password beyond the 72 bytes of bcrypt, and beyond a zero byte', async () => {
    const { hasher } = start({ algorithm });
    const long = 'x'.repeat(100);
    expect(await hasher.matches(`${long}b`, await hasher.hash(`${long}a`, CLIENT), CLIENT)).toBe(false);
    expect(await hasher.matches('zero\u0000b', await hasher.hash('zero\u0000a', CLIENT), CLIENT)).toBe(false);
  });

  it('takes a password however its letters are composed', async () => {
    const { hasher } = start({ algorithm });
    expect(
      await hasher.matches('cafe\u0301 \ufb01n', await hasher.hash('caf\u00e9 fin', CLIENT), CLIENT),
    ).toBe(true);
  });

  it('computes once for a known account and once for an unknown one, which never matches', async () => {
    const { hasher, counted } = start({ algorithm });
    const hash = await hasher.hash('password', CLIENT);
    counted.computations = 0;
    expect(await hasher.matches('password', hash, CLIENT)).toBe(true);
    expect(counted.computations).toBe(1);
    expect(await hasher.matches('', null, CLIENT)).toBe(false);
    expect(counted.computations).toBe(2);
  });
});

describe('what unknown accounts are compared with', () => {
  const hasherOf = (hash: () => Promise<string>) => {
    const compared: string[] = [];
    const matches = async (_password: string, stored: string) => compared.push(stored) > 0;
    const hasher = createPasswordHasher({
      scheme: { ...schemeOf(), hash, matches },
      turns: createTurns({ concurrency: 2, maxWaiting: 8, maxWaitingOfNetwork: 8 }),
      onComputation: () => undefined,
    });
    return { hasher, compared };
  };

  it('is waited for by the first comparisons, known accounts or not, and by no start', async () => {
    const made = Promise.withResolvers<string>();
    const { hasher, compared } = hasherOf(() => made.promise);
    const answers = [hasher.matches('password', 'stored', CLIENT), hasher.matches('password', null, CLIENT)];
    await new Promise((resolve) => setImmediate(resolve));
    expect(compared).toEqual([]);
    made.resolve('nobody');
    expect(await Promise.all(answers)).toEqual([true, false]);
    expect(compared).toEqual(['stored', 'nobody']);
  });

  it('is made again where that failed, and a failure is that of the log-in', async () => {
    const hash = vi.fn(async () => 'nobody');
    hash.mockRejectedValueOnce(new Error('no memory')).mockRejectedValueOnce(new Error('still none'));
    const { hasher, compared } = hasherOf(hash);
    await expect(hasher.matches('password', null, CLIENT)).rejects.toThrow('still none');
    expect(await hasher.matches('password', null, CLIENT)).toBe(false);
    expect(compared).toEqual(['nobody']);
  });
});

describe('the password scheme', () => {
  it('knows what another algorithm or cost made, and says that it is outdated', async () => {
    const made = await schemeOf().hash('correct horse');
    expect(schemeOf().outdated(made)).toBe(false);
    for (const changes of [{ bcryptCost: 5 }, { algorithm: 'argon2id' }] as const) {
      const later = schemeOf(changes);
      expect(later.outdated(made)).toBe(true);
      expect(await later.matches('correct horse', made)).toBe(true);
      expect(await later.matches('wrong horse', made)).toBe(false);
    }
    const argon2 = await schemeOf({ algorithm: 'argon2id' }).hash('correct horse');
    expect(schemeOf({ algorithm: 'argon2id', argon2Passes: 2 }).outdated(argon2)).toBe(true);
    expect(await schemeOf().matches('correct horse', argon2)).toBe(true);
  });

  it('knows what the first release made, and says that it is outdated', async () => {
    const digest = createHash('sha256').update('correct horse').digest('base64');
    const first = await bcrypt.hash(digest, 4);
    expect(await schemeOf().matches('correct horse', first)).toBe(true);
    expect(await schemeOf().matches('wrong horse', first)).toBe(false);
    expect(schemeOf().outdated(first)).toBe(true);
  });

  it('matches nothing without the key, so that a stolen database cannot be guessed at', async () => {
    const made = await schemeOf().hash('correct horse');
    const other = schemeOf({ key: Buffer.alloc(32, 2) });
    const computation = vi.spyOn(bcrypt, 'hash');
    expect(await other.matches('correct horse', made)).toBe(false);
    // So that the time does not tell the account from one that does not exist.
    expect(computation).toHaveBeenCalledOnce();
    computation.mockRestore();
    expect(await bcrypt.compare('correct horse', made.slice(made.indexOf('$2b$')))).toBe(false);
  });

  it('matches nothing with text of no known form', async () => {
    for (const text of ['', '$2b$04$short', '$argon2id$', 'plain']) {
      expect(await schemeOf().matches('plain', text), text).toBe(false);
    }
  });
});
