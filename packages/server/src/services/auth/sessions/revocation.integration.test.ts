import { AUTH_REVOCATIONS } from '@deltastream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../adapters/memory/user-store/user-store-memory.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { createRemoteVerifier, type RemoteVerifierOptions } from '../../../kit/tokens/remote-verifier.ts';
import { type AuthFixture, createAuthFixture, PASSWORD, type RunningAuth, trader } from '../auth.fixture.ts';

let fixture: AuthFixture;
let running: RunningAuth;
let authUrl: string;
beforeEach(async () => {
  fixture = await createAuthFixture(() => createMemoryUserStore(), createMemoryBus);
  running = await fixture.start({ revocationRepeatMs: 60_000 });
  authUrl = await running.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => fixture.remove());

const remote = (options: Partial<RemoteVerifierOptions> = {}) =>
  createRemoteVerifier({
    authUrl,
    issuer: 'deltastream',
    audience: 'deltastream',
    clock: fixture.clock,
    bus: fixture.bus,
    logger: silentLogger,
    ...options,
  });
const register = async () => (await running.post('register', trader)).body;
const refused = (verifier: Awaited<ReturnType<typeof remote>>, token: string) =>
  verifier.verify(token).then(
    () => false,
    ({ code }) => code === 'invalid_token',
  );

describe('revocation', () => {
  it('reaches a verifier in another process over the bus', async () => {
    const verifier = await remote();
    const told: string[] = [];
    verifier.onRevoked((sid) => told.push(sid));
    const { token, refresh_token } = await register();
    const { sessionId } = await verifier.verify(token);
    await running.post('logout', { refresh_token });
    await expect.poll(() => refused(verifier, token)).toBe(true);
    expect(told).toEqual([sessionId]);
  });

  it('reaches another auth service on the same store and bus', async () => {
    const second = await fixture.start();
    const { token, refresh_token } = await register();
    expect((await second.post('verify', { token })).body.valid).toBe(true);
    await running.post('logout', { refresh_token });
    await expect.poll(async () => (await second.post('verify', { token })).body.valid).toBe(false);
  });

  it('reaches who joins later, and survives a restart of the auth service', async () => {
    const { token, refresh_token } = await register();
    await running.post('logout', { refresh_token });
    const late = await remote();
    expect(await refused(late, token)).toBe(false);
    await fixture.start({ revocationRepeatMs: 20 });
    await expect.poll(() => refused(late, token)).toBe(true);
    await running.stop();
    running = await fixture.start();
    expect((await running.post('verify', { token })).body.valid).toBe(false);
  });

  it('lasts as long as the access tokens of the session, also when the clock is set back between', async () => {
    const { token, refresh_token } = await register();
    fixture.clock.step(-3_600_000);
    await running.post('logout', { refresh_token });
    fixture.pass(3_600_000);
    expect((await running.post('verify', { token })).body.valid).toBe(false);
    expect(await running.metric('revocations')).toBe(1);
  });

  it('is forgotten when the access tokens of the session have expired by themselves', async () => {
    const { refresh_token } = await register();
    await running.post('logout', { refresh_token });
    expect(await running.metric('revocations')).toBe(1);
    fixture.pass(660_000);
    expect(await running.metric('revocations')).toBe(0);
    expect(await fixture.users.denials(fixture.clock.now())).toEqual([]);
  });

  it('survives a restart of the auth service while the wall clock is set forth', async () => {
    const { token, refresh_token } = await register();
    await running.post('logout', { refresh_token });
    await running.stop();
    fixture.clock.step(3_000_000);
    running = await fixture.start();
    fixture.clock.step(-3_000_000);
    expect((await running.post('verify', { token })).body.valid).toBe(false);
  });

  it('of a malformed frame is left out, and the next one is received', async () => {
    const verifier = await remote();
    const { token } = await register();
    const { sessionId: sid } = await verifier.verify(token);
    await fixture.bus.publish(AUTH_REVOCATIONS.name, new Uint8Array([1, 2, 3]));
    const frame = AUTH_REVOCATIONS.frames.encode([{ sid, until: fixture.clock.now() + 1000 }]);
    await fixture.bus.publish(AUTH_REVOCATIONS.name, frame);
    await expect.poll(() => refused(verifier, token)).toBe(true);
  });

  it('holds here and in the store when the bus is away', async () => {
    const { token, refresh_token } = await register();
    await fixture.bus.close();
    expect((await running.post('logout', { refresh_token })).status).toBe(200);
    expect((await running.post('verify', { token })).body.valid).toBe(false);
    expect(await fixture.users.denials(fixture.clock.now())).toHaveLength(1);
  });
});

describe('a verifier in another process', () => {
  it('takes an API key, and refuses it when it is revoked', async () => {
    const verifier = await remote();
    const { token } = await register();
    const made = { name: 'bot', scopes: ['market:read'], password: PASSWORD };
    const { key, id } = (await running.post('keys', made, { token })).body;
    expect(await verifier.verify(key)).toMatchObject({ role: 'viewer', scopes: ['market:read'] });
    await running.post('keys/revoke', { key_id: id }, { token });
    await expect.poll(() => refused(verifier, key)).toBe(true);
    expect(await refused(verifier, `ds_${'0'.repeat(16)}_${'0'.repeat(64)}`)).toBe(true);
  });

  it('goes on with the keys it knows while the auth service is away', async () => {
    const verifier = await remote();
    const { token } = await register();
    const other = (await running.post('login', trader)).body.token;
    await verifier.verify(token);
    await running.stop();
    expect(await verifier.verify(other)).toMatchObject({ email: trader.email });
    await expect(verifier.verify(`ds_${'0'.repeat(16)}_${'0'.repeat(64)}`)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('asks for keys no more often than its cooldown allows, whatever tokens name', async () => {
    const asked = () => running.metric('requests_total');
    const verifier = await remote();
    const { token } = await register();
    const before = await asked();
    await verifier.verify(token);
    expect(await asked()).toBe(before + 1);
    const [head, body, signature] = token.split('.');
    const header = JSON.parse(Buffer.from(head, 'base64url').toString());
    const unknown = (i: number) =>
      Buffer.from(JSON.stringify({ ...header, kid: `k${i}` })).toString('base64url');
    for (let i = 0; i < 50; i++)
      expect(await refused(verifier, `${unknown(i)}.${body}.${signature}`)).toBe(true);
    expect(await asked()).toBe(before + 1);
    fixture.pass(5000);
    expect(await refused(verifier, `${unknown(50)}.${body}.${signature}`)).toBe(true);
    expect(await asked()).toBe(before + 2);
  });
});
