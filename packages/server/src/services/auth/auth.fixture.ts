import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpApp } from '../../kit/http.ts';
import { createLogger } from '../../kit/log.ts';
import { createManualClock } from '../../ports/clock.ts';
import type { UserStore } from '../../ports/user-store.ts';
import { createAuth } from './service.ts';
import type { AuthConfig } from './settings.ts';

export const NOW_MS = 1_787_000_000_000;
export const PASSWORD = 'correct horse battery';
export const trader = { email: 'trader@example.com', password: PASSWORD };

/** An auth service of its own folder behind an HTTP app, for tests; `openUsers` opens the store in a file. */
export async function createAuthFixture(openUsers: (file: string) => UserStore) {
  const folder = await mkdtemp(join(tmpdir(), 'auth-'));
  const users = openUsers(join(folder, 'users.db'));
  const clock = createManualClock(NOW_MS);
  const logged: string[] = [];
  const logger = createLogger('trace', { write: (line) => void logged.push(line) });
  const ports = { users, clock, logger };

  /** Limits are out of the way unless a test is about them. */
  const start = async (config: Partial<AuthConfig> = {}) => {
    const auth = createAuth(ports, {
      keyFile: join(folder, 'key.json'),
      bcryptCost: 4,
      attemptsPerAddress: 1000,
      attemptsPerAccount: 1000,
      ...config,
    });
    const app = createHttpApp({ logger });
    if (auth.routes) await app.register(auth.routes);
    await auth.start();

    const post = async (action: string, payload?: object, headers: Record<string, string> = {}) => {
      const answer = await app.inject({ method: 'POST', url: `/api/auth/${action}`, payload, headers });
      return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
    };
    const running = {
      auth,
      post,
      /** Status and error code of an answer. */
      async refusal(action: string, payload?: object) {
        const { status, body } = await post(action, payload);
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
  const stops: (() => Promise<void>)[] = [];

  return {
    users,
    clock,
    logged,
    ports,
    start,
    async remove() {
      for (const stop of stops) await stop();
      await users.close();
      await rm(folder, { recursive: true });
    },
  };
}

export type AuthFixture = Awaited<ReturnType<typeof createAuthFixture>>;
