import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../adapters/memory/user-store/user-store-memory.ts';
import { type AuthFixture, createAuthFixture, PASSWORD, type RunningAuth, trader } from '../auth.fixture.ts';
import { authenticatorOf } from '../login/authenticator.fixture.ts';
import { resetUser } from './reset-user.ts';

const NEW_PASSWORD = 'another horse battery';

let fixture: AuthFixture;
let running: RunningAuth;
beforeEach(async () => {
  fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  running = await fixture.start();
});
afterEach(() => fixture.remove());

const reset = (changes: object = {}) =>
  resetUser(
    fixture.users,
    { email: 'Trader@Example.com', password: NEW_PASSWORD, removeSecondFactor: false, ...changes },
    { keyFile: fixture.keyFile, bcryptCost: 4 },
  );
const login = async () => (await running.post('login', { ...trader, password: NEW_PASSWORD })).body.code;

describe('resetUser', () => {
  it('gives a new password and ends the sessions, but does not bypass the second factor', async () => {
    const { token, refresh_token } = (await running.post('register', trader)).body;
    const { otpauth_url } = (await running.post('second-factor/begin', { password: PASSWORD }, { token }))
      .body;
    const code = authenticatorOf(otpauth_url, fixture.clock);
    await running.post('second-factor/confirm', { code: code() }, { token });
    await reset();
    expect(await running.refusal('login', trader)).toEqual([401, 'invalid_credentials']);
    expect(await running.refusal('refresh', { refresh_token })).toEqual([401, 'invalid_token']);
    expect(await login()).toBe('second_factor_required');
    await reset({ removeSecondFactor: true });
    expect(await login()).toBeUndefined();
  });

  it('refuses an unknown account and a weak password', async () => {
    await running.post('register', trader);
    await expect(reset({ email: 'nobody@example.com' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(reset({ password: 'password123' })).rejects.toMatchObject({ code: 'weak_password' });
    expect((await running.post('login', trader)).status).toBe(200);
  });
});
