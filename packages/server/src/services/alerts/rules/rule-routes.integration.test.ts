import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HttpApp } from '../../../kit/http/http.ts';
import { createServiceApp } from '../../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import type { Identity, TokenVerifier } from '../../../kit/tokens/token.ts';
import { ruleRoutes } from './rule-routes.ts';
import { createRuleDesk, type RuleDesk } from './rules.fixture.ts';

/** Tokens are `user.role`, of API keys `user.role.scope`. */
const verifier: TokenVerifier = {
  async verify(token) {
    const [userId, role, scope] = token.split('.') as [string, Identity['role'], string | undefined];
    const scopes = scope === undefined ? null : ([scope.replace('-', ':')] as Identity['scopes']);
    return { userId, email: 'e', role, sessionId: userId, scopes, exp: Date.now() / 1000 + 60 };
  },
  onRevoked: () => () => {},
};

let desk: RuleDesk;
let app: HttpApp;
const serve = async (tokensRequired: boolean) => {
  await app?.close();
  app = createServiceApp({ logger: silentLogger, verifier, tokensRequired });
  await app.register(ruleRoutes(desk.parts, verifier));
};
beforeEach(async () => {
  desk = await createRuleDesk();
  await serve(true);
});
afterEach(async () => {
  await app.close();
  await desk.remove();
});

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
async function ask(method: Method, path: string, payload?: object, token?: string, remoteAddress?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await app.inject({ method, url: `/api/alerts${path}`, payload, headers, remoteAddress });
  return { status: response.statusCode, body: response.json() };
}

const RULE = { name: 'PCR high', products: ['NIFTY'], condition: 'pcr_oi > 1.2' };

it('keeps, shows, changes and removes a rule of the caller', async () => {
  const asha = 'asha.viewer';
  const made = await ask('POST', '/rules', { rule: RULE }, asha);
  expect(made).toMatchObject({ status: 201, body: { version: 1, rule: { ...RULE, severity: 'warning' } } });
  const path = `/rules/${made.body.id}`;
  expect((await ask('GET', path, undefined, asha)).body).toEqual(made.body);
  expect((await ask('GET', path, undefined, 'ben.viewer')).status).toBe(404);
  const put = { version: 1, rule: { ...RULE, for_seconds: 60 } };
  expect((await ask('PUT', path, put, asha)).body).toMatchObject({ version: 2, rule: { for_seconds: 60 } });
  expect(await ask('PUT', path, put, asha)).toMatchObject({
    status: 409,
    body: { code: 'version_conflict' },
  });
  expect((await ask('POST', `${path}/enable`, { enabled: false }, asha)).body.status).toBe('disabled');
  expect((await ask('POST', `${path}/mute`, { until: null }, asha)).body.version).toBe(3);
  expect((await ask('POST', `${path}/duplicate`, undefined, asha)).status).toBe(201);
  const file = (await ask('GET', '/rules/export', undefined, asha)).body;
  expect((await ask('POST', '/rules/import', file, asha)).body).toMatchObject({ imported: 2 });
  expect((await ask('GET', '/rules?limit=3', undefined, asha)).body.rules).toHaveLength(3);
  expect((await ask('DELETE', path, undefined, asha)).body).toEqual({ id: made.body.id });
  expect((await ask('GET', path, undefined, asha)).status).toBe(404);
  expect((await ask('GET', '/firings', undefined, asha)).body).toEqual({ firings: [], next_cursor: null });
});

it('refuses a rule that does not fit, with the field', async () => {
  const refused = async (rule: object) => (await ask('POST', '/rules', { rule }, 'asha.viewer')).body;
  expect(await refused({ ...RULE, cool_down: 5 })).toMatchObject({ code: 'invalid_request' });
  expect(await refused({ ...RULE, products: [] })).toMatchObject({
    detail: expect.stringMatching(/products/),
  });
  expect(await refused({ ...RULE, for_seconds: -1 })).toMatchObject({
    detail: expect.stringMatching(/for_seconds/),
  });
  expect(await refused({ ...RULE, condition: 'pcr_io > 1.2' })).toMatchObject({
    ...{ status: 400, code: 'invalid_condition' },
    detail: expect.stringMatching(/^rule\.condition, character 1: .*did you mean pcr_oi\?/),
  });
});

it('says of a condition what is wrong and where, and which figures it names', async () => {
  const check = async (body: object) => (await ask('POST', '/conditions/check', body, 'asha.viewer')).body;
  expect(await check({ condition: 'iv_rank > 80.0 && pcr_oi > 1' })).toEqual({
    ...{ ok: true, message: null, position: null, suggestion: null, figures: ['iv_rank', 'pcr_oi'] },
  });
  expect(await check({ condition: 'iv_rnk > 80.0' })).toMatchObject({
    ...{ ok: false, position: { start: 0, end: 6 }, suggestion: 'iv_rank', figures: [] },
  });
  expect(await check({ subject: 'log', condition: 'value > threshold' })).toMatchObject({ ok: true });
});

it('is for accounts and keys of its scopes, and open on this machine where no tokens are required', async () => {
  const create = (token?: string, from?: string) => ask('POST', '/rules', { rule: RULE }, token, from);
  expect((await create()).status).toBe(401);
  expect((await create('asha.viewer.market-read')).status).toBe(403);
  expect((await create('asha.viewer.alerts-read')).status).toBe(403);
  expect((await create('asha.viewer.alerts-manage')).status).toBe(201);
  expect((await ask('GET', '/rules', undefined, 'asha.viewer.alerts-read')).body.rules).toHaveLength(1);
  await serve(false);
  expect((await create(undefined, '203.0.113.7')).status).toBe(401);
  expect((await create()).status).toBe(201);
  expect((await ask('GET', '/rules')).body.rules).toHaveLength(1);
  expect(await ask('GET', '/rules?owner=operator')).toMatchObject({ status: 403 });
  expect((await desk.store.rulesOf('local', null, 10)).length).toBe(1);
});
