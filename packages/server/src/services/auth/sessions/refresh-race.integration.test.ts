import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../adapters/memory/user-store/user-store-memory.ts';
import { type AuthFixture, createAuthFixture, trader } from '../auth.fixture.ts';

let fixture: AuthFixture;
beforeEach(async () => {
  fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
});
afterEach(() => fixture.remove());

describe('refresh', () => {
  it('leaves no live token behind when it races a revocation', async () => {
    const { post } = await fixture.start();
    const refresh = (token: string) => post('refresh', { refresh_token: token });
    let live = 0;
    await post('register', trader);
    for (let i = 0; i < 1000; i++) {
      const { token, refresh_token } = (await post('login', trader)).body;
      const racing = [() => refresh(refresh_token), () => post('logout', { refresh_token })];
      const [a, b] = await Promise.all((i % 2 === 0 ? racing : racing.toReversed()).map((run) => run()));
      const responses = [a, b].filter(({ body }) => body.token !== undefined);
      for (const each of [token, ...responses.map(({ body }) => body.token)]) {
        if ((await post('verify', { token: each })).body.valid) live += 1;
      }
      for (const each of [refresh_token, ...responses.map(({ body }) => body.refresh_token)]) {
        if ((await refresh(each)).status === 200) live += 1;
      }
    }
    expect(live).toBe(0);
  });
});
