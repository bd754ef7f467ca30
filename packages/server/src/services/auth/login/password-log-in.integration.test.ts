import { describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createSqliteUserStore } from '../../../adapters/sqlite/user-store/user-store-sqlite.ts';
import { trader, useAuthFixture } from '../auth.fixture.ts';

const { auth, fixture, start, post, refusal, metric } = useAuthFixture(
  (file) => createSqliteUserStore({ file }),
  createMemoryBus,
);

describe('register', () => {
  it('creates a viewer and returns a session', async () => {
    await start();
    const { status, body, headers } = await post('register', { ...trader, email: ' Trader@Example.com' });
    expect(status).toBe(201);
    expect(headers['cache-control']).toBe('no-store');
    expect(body).toEqual({
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      refresh_token: expect.stringMatching(/^[\w-]{22}\.[\w-]{43}$/),
      token_type: 'Bearer',
      expires_in: 600,
      user: { id: expect.any(String), email: 'trader@example.com', name: 'trader', role: 'viewer' },
    });
    expect(await auth().verifier.verify(body.token)).toMatchObject({ userId: body.user.id, role: 'viewer' });
  });

  it('keeps a given name', async () => {
    await start();
    expect((await post('register', { ...trader, name: ' Ünal ' })).body.user.name).toBe('Ünal');
  });

  it('refuses what does not fit, and never a role chosen by the caller', async () => {
    await start();
    const refused = [
      { ...trader, email: 'not an address' },
      { ...trader, email: { $ne: null } },
      { ...trader, password: 'short' },
      { ...trader, password: 'x'.repeat(257) },
      { ...trader, role: 'admin' },
      { email: trader.email },
    ];
    for (const body of refused) {
      expect(await refusal('register', body), JSON.stringify(body)).toEqual([400, 'invalid_request']);
    }
    expect(await metric('password_computations_total')).toBe(0);
  });

  it('makes one account of many simultaneous registrations of one address in its spellings', async () => {
    await start({ hashWaiting: 100, hashWaitingPerNetwork: 100 });
    const spellings = [
      'jos\u00e9@b\u00fccher.example',
      'JOSE\u0301@B\u00dcCHER.example',
      'ｊosé@xn--bcher-kva.EXAMPLE',
      ' jos\u00e9@bu\u0308cher.example ',
    ];
    const responses = await Promise.all(
      Array.from({ length: 100 }, (_, i) => post('register', { ...trader, email: spellings[i % 4] })),
    );
    expect(responses.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(responses.filter(({ body }) => body.code === 'email_taken')).toHaveLength(99);
  });

  it('refuses what guessers try first', async () => {
    await start();
    for (const password of [
      'password123',
      'Tr@der2024',
      'trader@example.com',
      'deltastream1',
      'aaaaaaaaaa',
    ]) {
      expect(await refusal('register', { ...trader, password }), password).toEqual([400, 'weak_password']);
    }
    expect(await metric('password_computations_total')).toBe(0);
  });

  it('can be closed', async () => {
    await start({ registration: 'closed' });
    expect(await refusal('register', trader)).toEqual([403, 'registration_closed']);
  });
});

describe('login', () => {
  it('answers a new session for the right password, whatever the spelling of the email', async () => {
    await start();
    const registered = await post('register', trader);
    const { status, body } = await post('login', { ...trader, email: 'TRADER@EXAMPLE.COM' });
    expect(status).toBe(200);
    expect(body.user).toEqual(registered.body.user);
    expect(body.refresh_token).not.toBe(registered.body.refresh_token);
  });

  it('answers the same to a wrong password and an unknown user, after the same work', async () => {
    await start();
    await post('register', trader);
    const computations = () => metric('password_computations_total');
    const before = await computations();
    const wrong = await post('login', { ...trader, password: 'wrong' });
    expect(await computations()).toBe(before + 1);
    const unknown = await post('login', { ...trader, email: 'nobody@example.com' });
    expect(await computations()).toBe(before + 2);
    expect(wrong.status).toBe(401);
    expect(wrong.body.code).toBe('invalid_credentials');
    expect({ ...unknown.body, request_id: '' }).toEqual({ ...wrong.body, request_id: '' });
  });

  it('tells passwords apart beyond 72 bytes, and takes either composition of a letter', async () => {
    await start();
    await post('register', { email: 'long@example.com', password: `${'x'.repeat(100)}a` });
    const long = { email: 'long@example.com', password: `${'x'.repeat(100)}b` };
    expect(await refusal('login', long)).toEqual([401, 'invalid_credentials']);
    await post('register', { email: 'accent@example.com', password: 'cafe\u0301 noir' });
    const composed = { email: 'accent@example.com', password: 'caf\u00e9 noir' };
    expect((await post('login', composed)).status).toBe(200);
  });

  it('is refused with the seconds to wait when too many passwords are being checked', async () => {
    await start({ bcryptCost: 8, hashConcurrency: 1, hashWaiting: 1 });
    const responses = await Promise.all(Array.from({ length: 6 }, () => post('login', trader)));
    const refused = responses.filter(({ status }) => status === 503);
    expect(refused).toHaveLength(4);
    expect(refused[0].body.code).toBe('unavailable');
    expect(refused[0].headers['retry-after']).toBe('1');
  });

  it('goes on from elsewhere while one address sends many wrong passwords at once', async () => {
    await start({ bcryptCost: 9, hashConcurrency: 1, hashWaiting: 32 });
    await post('register', trader);
    let refused = 0;
    const guess = async (i: number) => {
      const email = `nobody${i}@example.com`;
      const { status } = await post('login', { ...trader, email }, { remoteAddress: '203.0.113.9' });
      if (status === 503) refused += 1;
      return status;
    };
    let answered = 0;
    const guesses = Array.from({ length: 60 }, (_, i) => guess(i).finally(() => (answered += 1)));
    await expect.poll(() => refused).toBe(60 - 17);
    const { status } = await post('login', trader, { remoteAddress: '198.51.100.7' });
    expect(status).toBe(200);
    // Of the seventeen guesses that were taken up, at most a few came before it.
    expect(answered - refused).toBeLessThan(10);
    await Promise.all(guesses);
  });

  it('replaces a hash that is out of date at the next right password, and keeps the sessions', async () => {
    await start();
    const { refresh_token } = (await post('register', trader)).body;
    const stored = async () => (await fixture().users.byEmail(trader.email))?.passwordHash;
    const first = await stored();
    const argon2 = { passwordAlgorithm: 'argon2id', argon2MemoryKib: 64, argon2Passes: 1 } as const;
    await start(argon2);
    expect((await post('login', { ...trader, password: 'wrong' })).status).toBe(401);
    expect(await stored()).toBe(first);
    expect((await post('login', trader)).status).toBe(200);
    expect(await stored()).toMatch(/^\$hs256-argon2id\$/);
    expect((await post('login', trader)).status).toBe(200);
    expect((await post('refresh', { refresh_token })).status).toBe(200);
    expect(
      fixture()
        .events()
        .filter((event) => event === 'password_rehashed'),
    ).toHaveLength(1);
  });
});
