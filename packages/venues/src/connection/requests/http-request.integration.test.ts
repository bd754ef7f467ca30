import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpRequest, responseJson } from './http-request.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that redirects what is not asked of `/there`, and what it was sent. */
async function redirecting(to: (own: string) => string) {
  const seen: IncomingMessage[] = [];
  const url: string = await serve((request, response) => {
    seen.push(request);
    if (request.url === '/there') response.end('{"ok":true}');
    else response.writeHead(307, { location: to(url) }).end();
  });
  return { url, seen };
}

const SECRETS = { 'access-token': 'SECRET99', authorization: 'Bearer SECRET99' };

function ask(url: string, more: Partial<HttpRequest> = {}) {
  const request = { what: 'the list', url, headers: SECRETS, maxBytes: 1_000, afterTooManyMs: 0, ...more };
  return responseJson(request, AbortSignal.timeout(5_000));
}

describe('a request that is redirected', () => {
  it('takes its headers along on the same server', async () => {
    const { url, seen } = await redirecting(() => '/there');
    expect(await ask(url, { method: 'POST', body: '{}' })).toEqual({ ok: true });
    expect(seen.map(({ method, headers }) => [method, headers['access-token']])).toEqual([
      ['POST', 'SECRET99'],
      ['POST', 'SECRET99'],
    ]);
  });

  it('takes none to another server, and no body at all', async () => {
    const other = await redirecting(() => '/there');
    const { url } = await redirecting(() => `${other.url}/there`);
    expect(await ask(url)).toEqual({ ok: true });
    expect(other.seen).toHaveLength(1);
    expect(JSON.stringify(other.seen[0].rawHeaders)).not.toContain('SECRET99');
    await expect(ask(url, { method: 'POST', body: '{}' })).rejects.toThrow(
      'the list: redirected to another server, where credentials are not sent',
    );
    expect(other.seen).toHaveLength(1);
  });

  it('is repeated at no other server where its address holds credentials', async () => {
    const other = await redirecting(() => '/there');
    const { url } = await redirecting(() => `${other.url}/there?apikey=SECRET99`);
    await expect(ask(`${url}/list?apikey=SECRET99`, { staysOnServer: true })).rejects.toThrow(
      'the list: redirected to another server, where credentials are not sent',
    );
    expect(other.seen).toHaveLength(0);
  });

  it('ends with a loop, and with what is no address of HTTP', async () => {
    const loop = await redirecting(() => '/again');
    await expect(ask(loop.url)).rejects.toThrow('the list: more than 3 redirects');
    const file = await redirecting(() => 'file:///etc/hosts');
    await expect(ask(file.url)).rejects.toThrow('no address of HTTP');
  });
});
