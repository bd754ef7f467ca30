import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Canaries, type Finding, scanBytes, scanFolder } from '../support/meters/secret-scan.ts';
import {
  createAccount,
  createKeys,
  FAST_PASSWORDS,
  logIn,
  post,
  register,
  type Session,
} from '../support/platform/accounts.ts';
import {
  type PlatformProcess,
  runToExit,
  spawnCli,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const canary = (name: string): string => `canary-${name}-${randomBytes(9).toString('hex')}`;
/** What is sent, in the hope that it does not come to rest. */
const SENT: Canaries = Object.fromEntries(
  [
    ...[
      'password',
      'wrong-password',
      'new-password',
      'bearer',
      'refresh',
      'cookie',
      'basic',
      'query',
      'api-key',
      'code',
    ],
    ...[
      'body',
      'socket-token',
      'socket-message',
      'ingest',
      'log-field',
      'log-bearer',
      'log-url',
      'log-otlp',
      'malformed',
      'reset',
    ],
    ...['redis', 'postgres', 'mongo', 'venue-token', 'venue-key', 'oidc'],
  ].map((name) => [name, canary(name)]),
);
const AT_ONCE = [
  '--log-level',
  'trace',
  '--access-log',
  'info',
  '--trace-sample-rate',
  '1',
  '--log-format',
  'json',
];

describe('secrets that go through every edge', () => {
  const folder = temporaryFolder();
  const outputs = new Map<string, () => string>();
  let platform: PlatformProcess;
  let admin: Session;
  let keys: Awaited<ReturnType<typeof createKeys>>;
  /** What the platform itself gave out. */
  const issued: Record<string, string> = {};

  beforeAll(async () => {
    const account = await createAccount(folder.path, 'admin', 'admin');
    platform = await startPlatform(['--data', folder.path, ...AT_ONCE, ...FAST_PASSWORDS], venueSettings());
    outputs.set('the platform', platform.output);
    admin = await logIn(platform.url, account);
    keys = await createKeys(platform.url, account, admin.token);
    Object.assign(issued, {
      'access token': admin.token,
      'refresh token': admin.refresh_token,
      'password of the admin': account.password,
    });
    for (const [scope, { key }] of Object.entries(keys)) issued[`API key of ${scope}`] = key;
  });
  afterAll(async () => {
    await platform?.stop();
    folder.remove();
  });

  const send = (path: string, init: RequestInit = {}) => fetch(`${platform.url}${path}`, init);
  const json = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  it('are in no file of the log, no output and no response of the log', async () => {
    await accountEdges();
    await headersAndQueries();
    await bodiesAndLines();
    await sockets();
    await failedConnections();
    // Lines that wait are stored by then: their intervals are a quarter of a second.
    await sleep(1_500);
    expect(await found({ ...SENT, ...issued })).toEqual([]);
    const { count } = await storedLog('limit=10000');
    expect(count).toBeGreaterThan(50);
  });

  it('are found by the scan where one is planted on purpose', async () => {
    const planted = { planted: canary('planted') };
    const line = { service: 'test', level: 'info', message: `nothing says that ${planted.planted} is one` };
    expect((await json('/api/logs', [line], bearer(keys['logs:write'].key))).status).toBe(200);
    await expect.poll(async () => (await found(planted)).length).toBeGreaterThanOrEqual(2);
    for (const text of [
      planted.planted,
      encodeURIComponent(planted.planted),
      Buffer.from(planted.planted).toString('base64'),
    ]) {
      expect(scanBytes('here', Buffer.from(`before ${text} after`), planted)).toHaveLength(1);
    }
  });

  /** Logins, registrations, resets, second factors. */
  async function accountEdges(): Promise<void> {
    const account = { email: 'canary@example.com', password: SENT.password };
    await register(platform.url, account);
    const session = await logIn(platform.url, account);
    await json('/api/auth/login', { ...account, password: SENT['wrong-password'] });
    await json('/api/auth/login', { email: SENT['wrong-password'], password: SENT['wrong-password'] });
    await json('/api/auth/login', { ...account, code: SENT.code });
    const change = { current_password: SENT.password, new_password: SENT['new-password'] };
    await json(
      '/api/auth/password',
      { ...change, current_password: SENT['wrong-password'] },
      bearer(session.token),
    );
    const begun = await post<{ secret: string; otpauth_url: string }>(
      `${platform.url}/api/auth/second-factor/begin`,
      { password: SENT.password },
      session.token,
    );
    issued['TOTP secret'] = begun.secret;
    const confirmed = await json(
      '/api/auth/second-factor/confirm',
      { code: codeOf(begun.secret) },
      bearer(session.token),
    );
    const { recovery_codes = [] } = (await confirmed.json()) as { recovery_codes?: string[] };
    expect(recovery_codes.length).toBeGreaterThan(0);
    for (const [i, code] of recovery_codes.entries()) issued[`recovery code ${i}`] = code;
    await json('/api/auth/login', { ...account, password: SENT.password, code: recovery_codes[0] });
    await json('/api/auth/password', change, bearer(session.token));
    await json('/api/auth/refresh', { refresh_token: session.refresh_token });
    await json('/api/auth/refresh', { refresh_token: SENT.refresh });
    await json('/api/auth/logout', { refresh_token: session.refresh_token });
    await json('/api/auth/token', {}, { authorization: `Bearer ${SENT['api-key']}` });
    issued['token of the account'] = session.token;
    issued['refresh token of the account'] = session.refresh_token;
    const reset = spawnCli([
      'user',
      'reset',
      '--data',
      folder.path,
      '--email',
      account.email,
      ...FAST_PASSWORDS,
    ]);
    outputs.set('user reset', reset.output);
    reset.child.stdin?.end(`${SENT.reset}\n`);
    await reset.exited();
  }

  async function headersAndQueries(): Promise<void> {
    const basic = Buffer.from(`user:${SENT.basic}`).toString('base64');
    for (const headers of [
      bearer(SENT.bearer),
      { authorization: `Basic ${basic}` },
      { cookie: `session=${SENT.cookie}; ds_device=${SENT.cookie}` },
      { 'x-api-key': SENT['api-key'] },
    ] as Record<string, string>[]) {
      for (const path of ['/api/data/products', '/api/auth/me', '/api/logs', '/nowhere'])
        await send(path, { headers });
    }
    const query = `token=${SENT.query}&access_token=${SENT.query}&password=${SENT.query}`;
    for (const path of [
      '/api/data/products',
      '/api/data/chain/NIFTY',
      '/api/auth/me',
      '/nowhere',
      '/socket.io/',
    ]) {
      await send(`${path}?${query}`);
    }
  }

  async function bodiesAndLines(): Promise<void> {
    const inner = { password: SENT.body, deep: { refreshToken: SENT.body, apiKey: SENT.body } };
    for (const path of [
      '/api/auth/register',
      '/api/auth/login',
      '/api/ingest/chains',
      '/api/ingest/ticks',
      '/api/admin/imports',
    ]) {
      await json(path, inner, bearer(admin.token));
      await json(path, `{"password":"${SENT.malformed}"`, bearer(admin.token));
    }
    const tick = { product: 'NIFTY', timestamp: Date.now(), price: 1, token: SENT.ingest };
    await json('/api/ingest/ticks', tick, bearer(keys.ingest.key));
    await json('/api/ingest/quotes', [tick, { ...tick, password: SENT.ingest }], bearer(keys.ingest.key));
    const lines = [
      {
        service: 'other',
        message: 'fields',
        password: SENT['log-field'],
        http: { Authorization: SENT['log-field'] },
      },
      { service: 'other', message: `asked with Bearer ${SENT['log-bearer']}` },
      { service: 'other', message: `connecting to redis://user:${SENT['log-url']}@redis:6379` },
    ];
    const writer = bearer(keys['logs:write'].key);
    expect((await json('/api/logs', lines, writer)).status).toBe(200);
    const attribute = { key: 'api_key', value: { stringValue: SENT['log-otlp'] } };
    const body = { stringValue: `postgres://u:${SENT['log-otlp']}@db/x` };
    const logRecords = [
      { timeUnixNano: `${Date.now()}000000`, severityNumber: 9, body, attributes: [attribute] },
    ];
    const otlp = { resourceLogs: [{ resource: { attributes: [] }, scopeLogs: [{ logRecords }] }] };
    expect((await json('/api/logs/otlp/v1/logs', otlp, writer)).status).toBe(200);
  }

  async function sockets(): Promise<void> {
    for (const token of [SENT['socket-token'], admin.token]) {
      const options = { transports: ['websocket'], reconnection: false, forceNew: true };
      const socket = io(platform.url, { ...options, auth: { token }, query: { token: SENT.query } });
      await new Promise<void>((resolve) => {
        socket.on('connect', () => resolve());
        socket.on('connect_error', () => resolve());
      });
      for (const event of ['subscribe', 'authenticate', 'ingest', SENT['socket-message']]) {
        socket.emit(event, { type: SENT['socket-message'], token: SENT['socket-message'] });
      }
      await sleep(200);
      socket.disconnect();
    }
  }

  /** Starts that fail, and what is said of the settings. */
  async function failedConnections(): Promise<void> {
    // Nothing listens on the first port.
    const nowhere = '127.0.0.1:1';
    const starts: Record<string, string[]> = {
      redis: ['--bus', `redis://user:${SENT.redis}@${nowhere}`],
      postgres: ['--store', `postgres://user:${SENT.postgres}@${nowhere}/x`],
      mongo: ['--users', `mongodb://user:${SENT.mongo}@${nowhere}/x?serverSelectionTimeoutMS=300`],
      'mongo of a wrong form': ['--store', `mongodb://user:${SENT.mongo}@@${nowhere}`],
    };
    for (const [name, flags] of Object.entries(starts)) {
      const other = temporaryFolder();
      const run = spawnCli(['--data', other.path, '--port', '0', ...AT_ONCE, ...flags]);
      outputs.set(`a start: ${name}`, run.output);
      const ended = await Promise.race([run.exited(), sleep(15_000, 'runs')]);
      if (ended === 'runs') {
        run.kill('SIGKILL');
        await run.exited();
      }
      other.remove();
      const { output } = await runToExit(['config', ...flags]);
      outputs.set(`config: ${name}`, () => output);
    }
    const run = spawnCli(['config'], venueSettings());
    await run.exited();
    outputs.set('config: venues', run.output);
  }

  async function storedLog(query: string): Promise<{ text: string; count: number }> {
    const text = await (await send(`/api/logs?${query}`, { headers: bearer(admin.token) })).text();
    return { text, count: (JSON.parse(text) as { count: number }).count };
  }

  /** Everywhere that lines go. */
  async function found(canaries: Canaries): Promise<Finding[]> {
    const { text } = await storedLog('limit=10000');
    const audit = await (await send('/api/admin/audit?limit=1000', { headers: bearer(admin.token) })).text();
    return [
      ...scanFolder(`${folder.path}/logs`, canaries),
      ...scanBytes('GET /api/logs', Buffer.from(text), canaries),
      ...scanBytes('GET /api/admin/audit', Buffer.from(audit), canaries),
      ...[...outputs].flatMap(([place, output]) => scanBytes(place, Buffer.from(output()), canaries)),
    ];
  }
});

const venueSettings = (): Record<string, string> => ({
  DELTASTREAM_KITE_ACCESS_TOKEN: SENT['venue-token'],
  DELTASTREAM_KITE_API_KEY: SENT['venue-key'],
  DELTASTREAM_OPENALGO_API_KEY: SENT['venue-key'],
  DELTASTREAM_OIDC_CLIENT_SECRET: SENT.oidc,
});

/** RFC 6238 of a Base32 secret, now. */
function codeOf(secret: string): string {
  const bits = Array.from(secret, (letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  ).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  const offset = mac[mac.length - 1] & 15;
  return String((mac.readUInt32BE(offset) & 0x7f_ff_ff_ff) % 1_000_000).padStart(6, '0');
}
