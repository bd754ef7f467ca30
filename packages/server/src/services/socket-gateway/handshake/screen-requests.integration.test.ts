import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { attachScreened } from './screen-requests.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A server of which all requests below /io/ are screened; what passes waits until it is let on. */
async function startScreened() {
  const passed: string[] = [];
  let waiting: (() => void)[] = [];
  const notes = (kind: string) => (request: IncomingMessage, response: ServerResponse) => {
    passed.push(`${kind} ${request.url}`);
    response.end();
  };
  const server = createServer(notes('other request'));
  server.on('upgrade', (request, socket) => {
    passed.push(`upgrade ${request.url}`);
    socket.end();
  });
  const refusal = new DeltaStreamError('origin_not_allowed', 'test');
  const turns = { run: (task: () => void) => void waiting.push(task) };
  attachScreened(
    server,
    '/io',
    () => server.on('request', notes('request')),
    {
      screen: ({ request }) => (request.url?.includes('refuse') ? refusal : null),
      pipelined: () => refusal,
    },
    turns,
    { refusalDelayMs: 0, maxDelayedRefusals: 0 },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => server.close().closeAllConnections());
  const send = (path: string, headers = ''): Socket => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`);
    open.push(() => socket.destroy());
    return socket;
  };
  return {
    passed,
    send,
    upgrade: (path: string) => send(path, 'Connection: Upgrade\r\nUpgrade: websocket\r\n'),
    waits: (count: number) => vi.waitFor(() => expect(waiting).toHaveLength(count)),
    letOn() {
      const tasks = waiting;
      waiting = [];
      for (const task of tasks) task();
    },
    connections: () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count))),
  };
}

it('passes requests and upgrades on in their turns, and refuses at once', async () => {
  const { passed, send, upgrade, waits, letOn } = await startScreened();
  send('/io/poll');
  await waits(1);
  upgrade('/io/upgrade');
  await waits(2);
  for (const refused of [send('/io/refuse'), upgrade('/io/refuse')]) {
    expect(String((await once(refused, 'data'))[0])).toMatch(/^HTTP\/1.1 403/);
  }
  send('/other');
  await vi.waitFor(() => expect(passed).toEqual(['other request /other']));
  letOn();
  expect(passed).toEqual(['other request /other', 'request /io/poll', 'upgrade /io/upgrade']);
});

it('forgets what waits for its turn when its connection ends', async () => {
  const { passed, send, upgrade, waits, letOn, connections } = await startScreened();
  const clients = [send('/io/poll'), upgrade('/io/upgrade')];
  await waits(2);
  for (const client of clients) client.resetAndDestroy();
  await vi.waitFor(async () => expect(await connections()).toBe(0));
  letOn();
  expect(passed).toEqual([]);
});
