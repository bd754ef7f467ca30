import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from 'vitest';
import { createClientAddress } from '../../../kit/access/addresses.ts';
import { keepFirstRequest } from './first-request.ts';

it('keeps the address and headers of a polling session, and nothing of its connection', async () => {
  const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.resume();
  socket.write('GET /?a=1 HTTP/1.1\r\nHost: a\r\nX-Own: 1\r\n\r\n');
  const [request] = (await once(server, 'request')) as [IncomingMessage];
  const polling = { request, transport: { name: 'polling' } };
  const webSocket = { request, transport: { name: 'websocket' } };
  keepFirstRequest(polling as never);
  keepFirstRequest(webSocket as never);
  const closed = once(request.socket, 'close');
  socket.end();
  await closed;
  expect(webSocket.request).toBe(request);
  expect(createClientAddress([])(polling.request)).toBe('127.0.0.1');
  expect(polling.request).toEqual({
    headers: request.headers,
    method: 'GET',
    url: '/?a=1',
    _query: undefined,
    socket: { remoteAddress: '127.0.0.1', encrypted: false },
    connection: { remoteAddress: '127.0.0.1', encrypted: false },
  });
  server.close();
});
