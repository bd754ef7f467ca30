import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../logging/log.ts';
import { createHttpApp, type HttpApp } from '../http.ts';

let app: HttpApp;
let socket: Socket;
afterEach(async () => {
  socket.destroy();
  await app.close();
});

describe('an offer to change the protocol', () => {
  const H2C = [
    'Connection: Upgrade, HTTP2-Settings, close',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAAQAoAAA',
  ];
  const WEBSOCKET = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];

  async function answerTo(path: string, headers: readonly string[]): Promise<string> {
    app = createHttpApp({ logger: silentLogger, closeGraceMs: 0 });
    app.get('/things/:id', async (request) => request.params);
    const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
    // As where a socket gateway is attached: somebody takes upgrades.
    app.server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 taken\r\n\r\n'));
    socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.write(`GET ${path} HTTP/1.1\r\n${['Host: localhost', ...headers].join('\r\n')}\r\n\r\n`);
    await expect.poll(() => text).toContain('\r\n\r\n');
    return text.slice(9, 12);
  }

  it.each([
    ['h2c', '/things/1', H2C, '200'],
    ['h2c at the path of sockets', '/socket.io/?EIO=4', H2C, '404'],
    ['a WebSocket where there is none', '/things/1', WEBSOCKET, '200'],
    ['a WebSocket at no route', '/ws', WEBSOCKET, '404'],
    ['a WebSocket', '/socket.io/?EIO=4&transport=websocket', WEBSOCKET, '101'],
  ])('%s at %s', async (_what, path, headers, status) => {
    expect(await answerTo(path, headers)).toBe(status);
  });
});
