import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Route } from '@deltastream/contracts';
import { afterEach, beforeEach } from 'vitest';
import { createServiceApp } from '../../kit/lifecycle/standalone.ts';
import { createLogger } from '../../kit/logging/log.ts';
import type { Bus } from '../../ports/bus.ts';
import { createManualClock } from '../../ports/clock.ts';
import type { UserStore } from '../../ports/stores/users/user-store.ts';
import { createAuth } from './service.ts';
import type { AuthConfig } from './settings.ts';

export const NOW_MS = 1_787_000_000_000;
export const PASSWORD = 'correct horse battery';
export const trader = { email: 'trader@example.com', password: PASSWORD };

const FAR = 1_000_000;
/** Limits out of the way and hashes cheap, unless a test is about them. */
export const RELAXED: Partial<AuthConfig> = {
  bcryptCost: 4,
  refusalJitterMs: 0,
  loginsPerNetwork: FAR,
  loginsPerAccountAndNetwork: FAR,
  loginsPerKnownDevice: FAR,
  loginsPerAccount: FAR,
  registrationsPerNetwork: FAR,
  refreshesPerNetwork: FAR,
  refreshesPerSession: FAR,
};

interface RequestExtras {
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly remoteAddress?: string;
}

/** An auth service of its own folder behind an HTTP app, for tests; `openUsers` opens the store in a file. */
export async function createAuthFixture(openUsers: (file: string) => UserStore, openBus: () => Bus) {
  const folder = await mkdtemp(join(tmpdir(), 'auth-'));
  const users = openUsers(join(folder, 'users.db'));
  const bus = openBus();
  const clock = createManualClock(NOW_MS);
  const logged: string[] = [];
  const logger = createLogger('trace', { write: (line) => void logged.push(line) });
  const keyFile = join(folder, 'key.json');
  const stops: (() => Promise<void>)[] = [];

  const start = async (config: Partial<AuthConfig> = {}, store = users) => {
    const auth = createAuth({ users: store, bus, clock, logger }, { keyFile, ...RELAXED, ...config });
    const app = createServiceApp({ logger, verifier: auth.verifier, tokensRequired: false });
    if (auth.routes) await app.register(auth.routes);
    await auth.start();

    const send = async (
      method: Route['method'],
      path: string,
      payload?: unknown,
      extras: RequestExtras = {},
    ) => {
      const { token, headers, remoteAddress } = extras;
      const response = await app.inject({
        method,
        url: `/api/auth/${path}`,
        payload: payload as object,
        headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
        remoteAddress,
      });
      return { status: response.statusCode, headers: response.headers, body: response.json() };
    };
    const post = (path: string, payload?: unknown, extras?: RequestExtras) =>
      send('POST', path, payload, extras);
    const running = {
      auth,
      app,
      post,
      send,
      get: (path: string, token?: string) => send('GET', path, undefined, { token }),
      /** Status and error code of a response. */
      async refusal(path: string, payload?: unknown, extras?: RequestExtras) {
        const { status, body } = await post(path, payload, extras);
        return [status, body.code];
      },
      /** A counter's sum over its labels. */
      async metric(name: string) {
        const found = await auth.metrics.getSingleMetric(`deltastream_auth_${name}`)?.get();
        return found?.values.reduce((sum, { value }) => sum + value, 0) ?? Number.NaN;
      },
      async stop() {
        await app.close();
        await auth.stop();
      },
    };
    stops.push(running.stop);
    return running;
  };

  return {
    users,
    bus,
    clock,
    logged,
    logger,
    keyFile,
    start,
    /** Lets the manual clock go on. */
    pass: (ms: number) => clock.set(clock.now() + ms),
    /** Audit events so far. */
    events: () =>
      logged.flatMap((line) => {
        const { audit, event } = JSON.parse(line);
        return audit ? [event as string] : [];
      }),
    async remove() {
      for (const stop of stops) await stop();
      await users.close();
      await bus.close();
      await rm(folder, { recursive: true });
    },
  };
}

export type AuthFixture = Awaited<ReturnType<typeof createAuthFixture>>;
export type RunningAuth = Awaited<ReturnType<AuthFixture['start']>>;

type Started = Awaited<ReturnType<AuthFixture['start']>>;

/** A fixture for each test of a suite, and what the service that the test started last offers. */
export function useAuthFixture(...adapters: Parameters<typeof createAuthFixture>) {
  let fixture: AuthFixture;
  let running: Started;
  beforeEach(async () => {
    fixture = await createAuthFixture(...adapters);
  });
  afterEach(() => fixture.remove());
  return {
    fixture: () => fixture,
    auth: () => running.auth,
    async start(config: Partial<AuthConfig> = {}): Promise<void> {
      running = await fixture.start(config);
    },
    post: (...given: Parameters<Started['post']>) => running.post(...given),
    refusal: (...given: Parameters<Started['refusal']>) => running.refusal(...given),
    metric: (...given: Parameters<Started['metric']>) => running.metric(...given),
    stop: () => running.stop(),
  };
}
