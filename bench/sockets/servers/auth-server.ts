import { once } from 'node:events';
import { join } from 'node:path';
import { exit } from 'node:process';
import { temporaryFolder } from '../../../e2e/support/platform/platform-process.ts';
import { createMemoryBus } from '../../../packages/server/src/adapters/memory/bus/bus-memory.ts';
import { createSqliteUserStore } from '../../../packages/server/src/adapters/sqlite/user-store/user-store-sqlite.ts';
import { serveAlone } from '../../../packages/server/src/kit/lifecycle/standalone.ts';
import { silentLogger } from '../../../packages/server/src/kit/logging/log.ts';
import { systemClock } from '../../../packages/server/src/ports/clock.ts';
import { createAuth } from '../../../packages/server/src/services/auth/service.ts';
import type { AuthReady } from '../protocol.ts';

/**
 * The auth service in a process of its own, which reports its address and as many access tokens as were asked
 * for, each another. Only its limits on refreshing are out of the way: one account stands for all clients.
 */
const PASSWORD = 'a long enough phrase of the bench';
const FAR = 1_000_000;

const [count] = (await once(process, 'message')) as [number];
const folder = temporaryFolder();
const auth = createAuth(
  {
    users: createSqliteUserStore({ file: join(folder.path, 'users.db') }),
    bus: createMemoryBus(),
    clock: systemClock,
    logger: silentLogger,
  },
  { keyFile: join(folder.path, 'key.json'), refreshesPerNetwork: FAR, refreshesPerSession: FAR },
);
await auth.start();
const { url } = await serveAlone(auth, {
  logger: silentLogger,
  host: '127.0.0.1',
  port: 0,
  verifier: auth.verifier,
  tokensRequired: false,
});

let pair = await ask('register', { email: 'bench@example.com', password: PASSWORD });
const tokens = [pair.token];
while (tokens.length < count) {
  pair = await ask('refresh', { refresh_token: pair.refresh_token });
  tokens.push(pair.token);
}
process.on('disconnect', () => {
  folder.remove();
  exit(0);
});
process.send?.({ url, tokens } satisfies AuthReady);

async function ask(path: string, body: object): Promise<{ token: string; refresh_token: string }> {
  const response = await fetch(`${url}/api/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as { token: string; refresh_token: string };
}
