import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../adapters/memory/user-store/user-store-memory.ts';
import { type AuthFixture, createAuthFixture, PASSWORD, type RunningAuth, trader } from '../auth.fixture.ts';
import { authenticatorOf } from './authenticator.fixture.ts';

let fixture: AuthFixture;
let running: RunningAuth;
let post: RunningAuth['post'];
beforeEach(async () => {
  fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  running = await fixture.start();
  ({ post } = running);
});
afterEach(() => fixture.remove());

async function enable() {
  const session = (await post('register', trader)).body;
  const { token } = session;
  const begun = await post('second-factor/begin', { password: PASSWORD }, { token });
  const code = authenticatorOf(begun.body.otpauth_url, fixture.clock);
  const confirmed = await post('second-factor/confirm', { code: code() }, { token });
  fixture.pass(60_000);
  return { session, token, code, recovery: confirmed.body.recovery_codes as string[] };
}
const login = async (code?: string) => {
  const { status, body } = await post('login', { ...trader, code });
  return status === 200 ? 200 : body.code;
};

describe('the second factor', () => {
  it('comes into force with a first code, and is asked for after the right password', async () => {
    const { token, code } = await enable();
    expect((await running.get('me', token)).body).toMatchObject({
      second_factor: true,
      recovery_codes_left: 10,
    });
    expect(await login()).toBe('second_factor_required');
    expect(await login('000000')).toBe('invalid_code');
    expect(await login(code())).toBe(200);
    expect((await post('login', { ...trader, password: 'wrong', code: code() })).body.code).toBe(
      'invalid_credentials',
    );
  });

  it('is not in force before that, and needs the password to begin', async () => {
    const { token } = (await post('register', trader)).body;
    const wrong = await post('second-factor/begin', { password: 'wrong' }, { token });
    expect(wrong.body.code).toBe('invalid_credentials');
    const early = await post('second-factor/confirm', { code: '123456' }, { token });
    expect(early.body.code).toBe('no_second_factor');
    await post('second-factor/begin', { password: PASSWORD }, { token });
    expect((await post('second-factor/confirm', { code: '000000' }, { token })).body.code).toBe(
      'invalid_code',
    );
    expect(await login()).toBe(200);
  });

  it('ends the sessions that began without it', async () => {
    const first = (await post('register', trader)).body;
    const { token } = (await post('login', trader)).body;
    const { otpauth_url } = (await post('second-factor/begin', { password: PASSWORD }, { token })).body;
    await post('second-factor/confirm', { code: authenticatorOf(otpauth_url, fixture.clock)() }, { token });
    expect((await post('verify', { token: first.token })).body.valid).toBe(false);
    expect((await post('verify', { token })).body.valid).toBe(true);
  });

  it('takes each code once, also of many at the same time, and no earlier one after it', async () => {
    const { code } = await enable();
    const used = code();
    const responses = await Promise.all(Array.from({ length: 20 }, () => login(used)));
    expect(responses.filter((response) => response === 200)).toHaveLength(1);
    expect(await login(code(-1))).not.toBe(200);
    fixture.pass(3_600_000);
    expect(await login(code())).toBe(200);
  });

  it('takes each recovery code once, and tells how many are left', async () => {
    const { token, recovery } = await enable();
    expect(await login(recovery[0].toLowerCase())).toBe(200);
    expect(await login(recovery[0])).toBe('invalid_code');
    expect(await login(recovery[1])).toBe(200);
    expect((await running.get('me', token)).body.recovery_codes_left).toBe(8);
    expect(fixture.events()).toContain('second_factor_recovery_code_used');
  });

  it('slows guesses of codes down, although the password is right', async () => {
    const { code } = await enable();
    const responses = [];
    for (let i = 0; i < 100; i++) responses.push(await login('000000'));
    expect(responses.filter((response) => response === 'invalid_code')).toHaveLength(5);
    expect(responses.filter((response) => response === 'too_many_requests')).toHaveLength(95);
    fixture.pass(1000);
    expect(await login(code())).toBe(200);
  });

  it('is removed with password and code', async () => {
    const { token, code } = await enable();
    const remove = (password: string, given: string) =>
      post('second-factor/remove', { password, code: given }, { token });
    expect((await remove('wrong', code())).body.code).toBe('invalid_credentials');
    expect((await remove(PASSWORD, '000000')).body.code).toBe('invalid_code');
    const again = await post('second-factor/begin', { password: PASSWORD }, { token });
    expect(again.body.code).toBe('second_factor_active');
    expect((await remove(PASSWORD, code())).body).toEqual({ ok: true });
    expect(await login()).toBe(200);
    expect((await remove(PASSWORD, code(1))).body.code).toBe('no_second_factor');
  });

  it('is stored sealed, its recovery codes hashed', async () => {
    const { recovery } = await enable();
    const stored = JSON.stringify(await fixture.users.byEmail(trader.email));
    for (const code of recovery) expect(stored).not.toContain(code.replaceAll('-', ''));
    expect(fixture.logged.join('')).not.toContain(recovery[0]);
  });
});
