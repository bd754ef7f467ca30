import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { WireAddress, WireMessage } from '../../wire-protocol.ts';
import type { SocketEnding } from '../ports.ts';
import { openWebSocket } from './wire-socket.ts';

const servers: Server[] = [];
const streams: Duplex[] = [];
afterEach(async () => {
  // A peer that reads nothing does not see the end either.
  for (const stream of streams.splice(0)) stream.destroy();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A venue's server; `upgrade` refuses with a status, or opens. */
async function venue(
  connected: (socket: WebSocket, request: IncomingMessage) => void,
  refuse?: { status: number; headers: string[] },
) {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, stream, head) => {
    streams.push(stream);
    if (refuse && !request.url?.startsWith('/day'))
      stream.end(
        `HTTP/1.1 ${refuse.status} No\r\n${refuse.headers.map((line) => `${line}\r\n`).join('')}\r\n`,
      );
    else sockets.handleUpgrade(request, stream, head, connected);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function open(url: string, maxMessageBytes = 1_000, more: Partial<WireAddress> = {}) {
  const messages: WireMessage[] = [];
  const ended = Promise.withResolvers<SocketEnding>();
  const opened = Promise.withResolvers<void>();
  const endings: SocketEnding[] = [];
  const socket = openWebSocket(
    { url: `${url}/feed?token=SECRET99`, headers: { authorization: 'Bearer SECRET99' }, ...more },
    { maxMessageBytes, connectMs: 5_000 },
    {
      opened: () => opened.resolve(),
      message: (message) => messages.push(message),
      alive: () => undefined,
      ended: (ending) => {
        endings.push(ending);
        ended.resolve(ending);
      },
    },
  );
  return { socket, messages, ended: ended.promise, opened: opened.promise, endings };
}

describe('a WebSocket of a venue', () => {
  it('carries text and bytes, and closes properly', async () => {
    let code = 0;
    const url = await venue((socket) => {
      socket.on('close', (said) => {
        code = said;
      });
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    const { socket, messages, opened, endings } = open(url);
    await opened;
    socket.send('text');
    socket.send(Uint8Array.of(1, 2));
    await expect.poll(() => messages.length).toBe(2);
    expect(messages[0]).toBe('text');
    expect([...(messages[1] as Uint8Array)]).toEqual([1, 2]);
    await socket.close(5_000);
    await expect.poll(() => code).toBe(1000);
    expect(endings).toEqual([]);
  });

  it('ends at a message that is larger than allowed', async () => {
    const url = await venue((socket) => socket.send('x'.repeat(2_000)));
    const { ended, messages } = open(url);
    expect((await ended).reason).toContain('Max payload size exceeded');
    expect(messages).toEqual([]);
  });

  it.each([
    [401, [], { credentials: true }],
    [403, [], { credentials: true }],
    [429, ['Retry-After: 7'], { credentials: false, retryAfterMs: 7_000 }],
    [503, [], { credentials: false }],
  ])('says what %d instead of a WebSocket means', async (status, headers, expected) => {
    const { ended, socket } = open(await venue(() => undefined, { status, headers }));
    expect(await ended).toMatchObject({ reason: expect.stringContaining(String(status)), ...expected });
    await socket.close(5_000);
  });

  it('follows a redirect to the server of the day', async () => {
    const url = await venue((socket) => socket.send('there'), {
      status: 302,
      headers: ['Location: /day?code=1'],
    });
    const { messages, opened, socket } = open(url);
    await opened;
    await expect.poll(() => messages).toEqual(['there']);
    await socket.close(5_000);
  });

  it('sends its headers to no other server, and leaves WebSockets for nothing else', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const other = await venue((_, { headers }) => seen.push(headers));
    const own = await venue((_, { headers }) => seen.push(headers), {
      status: 302,
      headers: ['Location: /day'],
    });
    const elsewhere = await venue(() => undefined, { status: 302, headers: [`Location: ${other}/day`] });
    for (const url of [own, elsewhere]) {
      const { opened, socket } = open(url);
      await opened;
      await socket.close(5_000);
    }
    expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer SECRET99', undefined]);
    const file = await venue(() => undefined, {
      status: 302,
      headers: ['Location: ws+unix:/run/none.sock:/day'],
    });
    const { ended, socket } = open(file);
    expect((await ended).reason).toContain('redirects to what is no WebSocket');
    await socket.close(5_000);
  });

  it('goes to no other server where what is said holds credentials', async () => {
    let visits = 0;
    const other = await venue(() => void visits++);
    const url = await venue(() => undefined, { status: 302, headers: [`Location: ${other}/day`] });
    const { ended, socket } = open(url, undefined, { staysOnServer: true });
    expect((await ended).reason).toContain('redirects to another server, where credentials are not sent');
    await socket.close(5_000);
    expect(visits).toBe(0);
  });

  it('says why there is none, without the credentials', async () => {
    const { ended, socket } = open('ws://127.0.0.1:9');
    const { reason } = await ended;
    expect(reason).toContain('ECONNREFUSED');
    expect(reason).not.toContain('SECRET99');
    await socket.close(5_000);
  });

  it('closes in time when the other side does not answer', async () => {
    const url = await venue((socket) => socket.pause());
    const { socket, opened } = open(url);
    await opened;
    const begun = performance.now();
    await socket.close(50);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(49);
  });
});
