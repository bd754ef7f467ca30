import { describe, expect, it } from 'vitest';
import { createPasswordHasher } from './password-hasher.ts';
import { createTurns } from './turns.ts';

async function start() {
  const counted = { computations: 0 };
  const hasher = await createPasswordHasher({
    cost: 4,
    turns: createTurns({ concurrency: 2, maxWaiting: 8 }),
    onComputation: () => {
      counted.computations += 1;
    },
  });
  return { hasher, counted };
}

describe('the password hasher', () => {
  it('knows a password again, and no other', async () => {
    const { hasher } = await start();
    const hash = await hasher.hash('correct horse');
    expect(hash).toMatch(/^\$2b\$04\$/);
    expect(await hasher.matches('correct horse', hash)).toBe(true);
    expect(await hasher.matches('Correct horse', hash)).toBe(false);
  });

  it('reads a password beyond the 72 bytes of bcrypt, and beyond a zero byte', async () => {
    const { hasher } = await start();
    const long = 'x'.repeat(100);
    expect(await hasher.matches(`${long}b`, await hasher.hash(`${long}a`))).toBe(false);
    expect(await hasher.matches('zero\u0000b', await hasher.hash('zero\u0000a'))).toBe(false);
  });

  it('takes a password however its letters are composed', async () => {
    const { hasher } = await start();
    expect(await hasher.matches('cafe\u0301 \ufb01n', await hasher.hash('caf\u00e9 fin'))).toBe(true);
  });

  it('computes once for a known account and once for an unknown one, which never matches', async () => {
    const { hasher, counted } = await start();
    const hash = await hasher.hash('password');
    counted.computations = 0;
    expect(await hasher.matches('password', hash)).toBe(true);
    expect(counted.computations).toBe(1);
    expect(await hasher.matches('', null)).toBe(false);
    expect(counted.computations).toBe(2);
  });
});
