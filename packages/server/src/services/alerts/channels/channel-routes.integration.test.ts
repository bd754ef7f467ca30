import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HttpApp } from '../../../kit/http/http.ts';
import { createServiceApp } from '../../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import type { Identity, TokenVerifier } from '../../../kit/tokens/token.ts';
import { createDesk, type Desk } from '../delivery/desk.fixture.ts';
import { startTarget, type Target } from '../delivery/target-requests/target.fixture.ts';
import { channelRoutes } from './channel-routes.ts';

/** Tokens are `user.role`, of API keys `user.role.scope`. */
const verifier: TokenVerifier = {
  async verify(token) {
    const [userId, role, scope] = token.split('.') as [string, Identity['role'], string | undefined];
    const scopes = scope === undefined ? null : ([scope.replace('-', ':')] as Identity['scopes']);
    return { userId, email: 'e', role, sessionId: userId, scopes, exp: Date.now() / 1000 + 60 };
  },
  onRevoked: () => () => {},
};

let target: Target;
let desk: Desk;
let app: HttpApp;
beforeEach(async () => {
  target = await startTarget(() => ({ status: 204 }));
  desk = await createDesk({ alertTargets: [`hook.test:${target.port}`] });
  app = createServiceApp({ logger: silentLogger, verifier, tokensRequired: true });
  await app.register(channelRoutes(() => desk.channels, verifier));
});
afterEach(async () => {
  await app.close();
  await desk.remove();
  await target.stop();
});

async function ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, token: string, payload?: object) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await app.inject({ method, url: `/api/alerts${path}`, payload, headers });
  return { status: response.statusCode, body: response.json() };
}

it('lets administrators make, try, change and remove channels of the platform, and nobody else', async () => {
  const url = `http://hook.test:${target.port}/ops`;
  const given = { name: 'Ops', target: { kind: 'webhook', url }, owner: 'operator' };
  const refused = ['asha.trader', 'asha.viewer', 'root.admin.alerts-read', 'root.admin.admin'];
  for (const token of refused) {
    expect((await ask('POST', '/channels', token, given)).status, token).toBe(403);
  }
  const made = await ask('POST', '/channels', 'root.admin', given);
  expect(made).toMatchObject({ status: 201, body: { channel: { owner: 'operator', status: 'ready' } } });
  const path = `/channels/${made.body.channel.id}`;
  const tried = await ask('POST', `${path}/test`, 'colleague.admin.alerts-manage');
  expect(tried).toMatchObject({ status: 200, body: { outcome: 'delivered', channel: 'Ops', test: true } });
  expect(target.requests.map(({ path: at }) => at)).toEqual(['/ops']);
  expect((await ask('GET', '/deliveries?owner=operator', 'root.admin')).body.deliveries).toEqual([
    tried.body,
  ]);
  expect((await ask('GET', '/channels?owner=operator', 'asha.trader')).status).toBe(403);
  for (const method of ['GET', 'DELETE'] as const) {
    expect((await ask(method, path, 'asha.trader')).status).toBe(404);
  }
  expect((await ask('POST', `${path}/test`, 'asha.trader')).status).toBe(404);
  const off = await ask('PUT', path, 'root.admin', { version: 1, enabled: false });
  expect(off.body.channel).toMatchObject({ version: 2, status: 'disabled' });
  expect((await ask('DELETE', path, 'colleague.admin')).status).toBe(200);
  expect((await ask('GET', '/channels?owner=operator', 'root.admin')).body).toEqual({ channels: [] });
});
