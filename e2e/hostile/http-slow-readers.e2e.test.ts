import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../support/clients/raw-http.ts';
import {
  askingFor,
  type Calm,
  expectWithstood,
  type HealthyClients,
  measureCalm,
} from '../support/meters/attack-meter.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const CONNECTIONS = 300;
const CHAIN = '/api/data/chain/NIFTY';
const UNLIMITED = ['--read-rate', '0', '--compute-rate', '0', '--account-rate', '0'];
const ANSWER_TIMEOUT_MS = 3_000;

describe('clients that ask and do not read', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;
  let healthy: HealthyClients;
  let calm: Calm;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    const timeout = ['--answer-timeout-ms', String(ANSWER_TIMEOUT_MS)];
    platform = await startPlatform(['--data', folder.path, ...UNLIMITED, ...timeout]);
    while ((await fetch(`${platform.url}${CHAIN}`)).status !== 200) await sleep(100);
    healthy = askingFor(platform, CHAIN);
    calm = await measureCalm(platform, healthy);
  });
  afterAll(async () => {
    await platform?.stop();
    folder.remove();
  });

  const left = () => sockets.filter(({ destroyed }) => !destroyed).length;
  const closeAll = () => {
    for (const socket of sockets.splice(0)) socket.destroy();
  };
  afterEach(closeAll);

  async function openAll(requests: number): Promise<void> {
    const port = Number(new URL(platform.url).port);
    const text = rawRequest(`GET ${CHAIN}`).repeat(requests);
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        const socket = connect(port, '127.0.0.1');
        sockets.push(socket);
        socket.on('error', () => {});
        socket.pause();
        await once(socket, 'connect');
        socket.write(text);
      }),
    );
  }

  it.each([
    // The kernel takes so many answers that none may be left to wait, and then nobody has to be closed.
    ['as many requests as a connection may have waiting', 30, false],
    ['three times that', 90, true],
    ['far more than that', 1_000, true],
  ])('with %s cost little, and nobody else notices', async (what, requests, closed) => {
    await expectWithstood({
      name: `${CONNECTIONS} connections with ${requests} requests, ${what}`,
      platform,
      healthy,
      calm,
      async run() {
        closeAll();
        await openAll(requests);
        await sleep(ANSWER_TIMEOUT_MS + 1_000);
        if (!closed) return;
        // A paused socket does not see that the other side is gone before it reads.
        for (const socket of sockets) socket.resume();
        await expect.poll(left).toBe(0);
      },
    });
  });
});
