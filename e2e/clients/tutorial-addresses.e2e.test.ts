import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAST_PASSWORDS } from '../support/platform/accounts.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';
import { untilStored } from '../support/platform/until-stored.ts';

describe('one process with --compatible-ports', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;
  beforeAll(async () => {
    platform = await startPlatform([
      '--data',
      folder.path,
      '--products',
      'NIFTY',
      '--compatible-ports',
      ...FAST_PASSWORDS,
    ]);
    await untilStored(platform.url, ['NIFTY']);
  });
  afterAll(async () => {
    await platform?.stop();
    folder.remove();
  });
  const at = (service: string) => platform.urls.get(service);
  const post = (url: string, body: object) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it.each([
    ['storage', '/data/products', 'products'],
    ['storage', '/data/underlying/NIFTY?limit=2', 'ticks'],
    ['storage', '/data/chain/NIFTY', 'strikes'],
    ['storage', '/data/chains/NIFTY?limit=1', 'chains'],
    ['analytics', '/pcr/NIFTY', 'product'],
    ['analytics', '/api/analytics/max-pain/NIFTY', 'product'],
  ])('%s answers to %s', async (service, path, field) => {
    const response = await fetch(`${at(service)}${path}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toHaveProperty(field);
  });

  it('auth registers, logs in and verifies', async () => {
    const account = { email: 'tutorial@example.com', password: 'seven windy yellow kites' };
    expect((await post(`${at('auth')}/register`, { ...account, name: 'T' })).status).toBe(201);
    const login = await post(`${at('auth')}/login`, account);
    const { token } = (await login.json()) as { token: string };
    const verified = await post(`${at('auth')}/verify`, { token });
    expect(await verified.json()).toMatchObject({ valid: true, email: account.email });
  });

  it('logging asks administrators alone', async () => {
    expect((await fetch(`${at('logging')}/logs`)).status).toBe(401);
  });

  it('sockets are on a port of their own, and on the gateway', async () => {
    for (const url of [at('socket-gateway'), platform.url]) {
      const socket = io(url, { transports: ['websocket'] });
      const response = await socket.emitWithAck('subscribe', { type: 'product', symbol: 'NIFTY' });
      socket.close();
      expect(response).toMatchObject({ ok: true, room: 'product:NIFTY' });
    }
  });
});
