import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest, sendRaw } from '../support/clients/raw-http.ts';
import { healthDuring } from '../support/meters/health-meter.ts';
import { expectLive } from '../support/meters/promised-times.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const SLOW_CONNECTIONS = 1000;
const UNLIMITED = ['--read-rate', '0', '--compute-rate', '0', '--account-rate', '0'];
const MEGABYTE = 2 ** 20;

const REFUSED = [400, 403, 404];
const LOGIN = 'POST /api/auth/login';
const JSON_BODY = 'Content-Type: application/json';

describe('hostile clients', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;
  let port: number;

  beforeAll(async () => {
    // What is limited by address would be refused for that, and not for what is wrong with it.
    platform = await startPlatform(['--data', folder.path, ...UNLIMITED]);
    port = Number(new URL(platform.url).port);
  });
  afterAll(async () => {
    await platform?.stop();
    folder.remove();
  });

  const measured = async (what: string, work: () => Promise<unknown>) => {
    const figures = await healthDuring(platform.url, work);
    const { count, failures, p50, p99, max, bareP99 } = figures;
    console.log(
      `${what}: /health p50 ${p50} ms, p99 ${p99} ms, max ${max} ms of ${count}; ` +
        `bare server p99 ${bareP99} ms`,
    );
    expect(failures).toBe(0);
    expectLive(figures);
  };

  it.each([
    ['headers', rawRequest('GET /api/data/products').slice(0, -2), 'X-A: b\r\n'],
    ['bodies', rawRequest(LOGIN, [JSON_BODY, 'Content-Length: 60000'], '{"email":"'), 'x'],
  ])('that send their %s slowly are cut, and others do not notice', async (what, head, drop) => {
    await measured(`${SLOW_CONNECTIONS} slow ${what}`, async () => {
      const slow = await Promise.all(
        Array.from({ length: SLOW_CONNECTIONS }, () => slowConnection(port, head)),
      );
      const dripping = setInterval(() => {
        for (const { socket } of slow) if (socket.writable) socket.write(drop);
      }, 2000);
      const left = () => slow.filter(({ socket }) => !socket.destroyed).length;
      await expect.poll(left, { interval: 500 }).toBe(0);
      clearInterval(dripping);
      const responses = slow.map(({ response }) => response()).filter((text) => text !== '');
      for (const { socket } of slow) socket.destroy();
      expect(new Set(responses.map((text) => text.slice(9, 12)))).toEqual(new Set(['408']));
    });
  });

  it('that send a body of 100 MB are refused before it has come', async () => {
    await measured('100 MB bodies', async () => {
      const block = Buffer.alloc(MEGABYTE, 'x');
      const said = rawRequest(LOGIN, [JSON_BODY, `Content-Length: ${100 * MEGABYTE}`]);
      const chunk = Buffer.concat([Buffer.from(`${MEGABYTE.toString(16)}\r\n`), block, Buffer.from('\r\n')]);
      const unsaid = rawRequest(LOGIN, [JSON_BODY, 'Transfer-Encoding: chunked']);
      for (let round = 0; round < 3; round++) {
        expect((await sendRaw(port, [said, ...Array(100).fill(block)])).statuses).toEqual([413]);
        expect((await sendRaw(port, [unsaid, ...Array(100).fill(chunk)])).statuses).toEqual([413]);
      }
    });
  });

  it('that send deep or packed bodies are refused', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * MEGABYTE, ' '));
    await measured('deep and packed bodies', async () => {
      const bodies = [
        ['['.repeat(60_000), null, 400],
        [`${'['.repeat(30_000)}${']'.repeat(30_000)}`, null, 400],
        [`${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}`, null, 400],
        ['{"__proto__":{"admin":true}}', null, 400],
        ['{"constructor":{"prototype":{"admin":true}}}', null, 400],
        [bomb, 'gzip', 415],
        ['{}', 'br', 415],
        ['{}', 'deflate, gzip', 415],
      ] as const;
      for (const [body, encoding, status] of Array.from({ length: 20 }, () => bodies).flat()) {
        const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
        const headers = [JSON_BODY, `Content-Length: ${length}`, 'Connection: close'];
        if (encoding) headers.push(`Content-Encoding: ${encoding}`);
        const { statuses } = await sendRaw(port, [rawRequest(LOGIN, headers), body]);
        expect(statuses, String(body).slice(0, 40)).toEqual([status]);
      }
    });
  });

  it.each<[what: string, request: string, statuses: number[]]>([
    ['two lengths', rawRequest(LOGIN, ['Content-Length: 2', 'Content-Length: 3'], '{}'), [400]],
    ['a list of lengths', rawRequest(LOGIN, ['Content-Length: 2, 2'], '{}'), [400]],
    ['a negative length', rawRequest(LOGIN, ['Content-Length: -1']), [400]],
    [
      'a length and chunks',
      rawRequest(LOGIN, ['Content-Length: 4', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
      [400],
    ],
    [
      'chunks and a length',
      rawRequest(LOGIN, ['Transfer-Encoding: chunked', 'Content-Length: 4'], '0\r\n\r\n'),
      [400],
    ],
    [
      'chunks that are not last',
      rawRequest(LOGIN, ['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'),
      [400],
    ],
    ['an unknown coding', rawRequest(LOGIN, ['Transfer-Encoding: xchunked'], '0\r\n\r\n'), [400]],
    ['a space before the colon', rawRequest(LOGIN, ['Transfer-Encoding : chunked'], '0\r\n\r\n'), [400]],
    ['a folded header', rawRequest('GET /livez', ['X-A: b', ' c: d']), [400]],
    ['bare line feeds', 'GET /livez HTTP/1.1\nHost: localhost\n\n', [400]],
    [
      'a broken chunk size',
      rawRequest(LOGIN, [JSON_BODY, 'Transfer-Encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n'),
      [400],
    ],
    ['a control character', rawRequest('GET /livez', ['X-A: b\u0001\u0000']), [400]],
    ['an unknown protocol', 'GET /livez HTTP/9.9\r\nHost: localhost\r\n\r\n', [400]],
    ['no protocol at all', '\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n', [400]],
    ['an unknown method', rawRequest('FOO /livez'), [400]],
    ['an address of 20 KB', rawRequest(`GET /api/data/${'A'.repeat(20_000)}`), [431]],
    [
      'a name of 2 KB',
      rawRequest(`POST /api/admin/dlq/${'A'.repeat(2000)}/replay`, ['Content-Length: 0']),
      [414],
    ],
    [
      '3,000 headers',
      rawRequest(
        'GET /livez',
        Array.from({ length: 3000 }, (_, i) => `X-${i}: ${i}`),
      ),
      [431],
    ],
  ])('that send %s get one refusal and no second answer', async (_what, request, statuses) => {
    // What a confused reader would take for a request of its own.
    const smuggled = rawRequest('GET /api/data/products', ['X-Smuggled: yes']);
    const response = await sendRaw(port, [request, smuggled]);
    expect(response.statuses.slice(0, 1)).toEqual(statuses);
    if (statuses[0] !== 414) expect(response.statuses).toHaveLength(1);
    expect(response.text).toMatch(/content-type: application\/problem\+json/i);
    expect(response.text).toMatch(/"code":"\w+"/);
  });

  it.each<[what: string, request: string, statuses: number[]]>([
    ['dots', rawRequest('GET /../../../../etc/passwd', ['Connection: close']), REFUSED],
    ['encoded dots', rawRequest('GET /%2e%2e/%2e%2e/etc/passwd', ['Connection: close']), REFUSED],
    [
      'dots among assets',
      rawRequest('GET /assets/..%2f..%2f..%2fpackage.json', ['Connection: close']),
      [400, 403, 404],
    ],
    [
      'twice encoded dots',
      rawRequest('GET /assets/%252e%252e%252fpackage.json', ['Connection: close']),
      [400, 404],
    ],
    ['backslashes', rawRequest('GET /assets/..\\..\\package.json', ['Connection: close']), REFUSED],
    ['a NUL', rawRequest('GET /assets/index.html%00.png', ['Connection: close']), REFUSED],
    ['encoded slashes', rawRequest('GET /api%2fdata%2fproducts', ['Connection: close']), [404]],
    [
      'encoded slashes in a name',
      rawRequest('GET /api/data/..%2fauth%2fme', ['Connection: close']),
      [400, 404],
    ],
    ['a broken escape', rawRequest('GET /api/data/%zz', ['Connection: close']), [400]],
    [
      'another host in the line',
      rawRequest('GET http://evil.example/api/auth/me', ['Connection: close']),
      [400, 401, 404],
    ],
  ])('that ask for %s get nothing', async (_what, request, statuses) => {
    const response = await sendRaw(port, [request]);
    expect(statuses).toContain(response.statuses[0]);
    expect(response.text).not.toMatch(/root:|"workspaces"/);
    expect(response.text).toMatch(/application\/problem\+json/);
  });

  it.each<[what: string, headers: string[], status: number]>([
    [
      'name a header of ours as hop-by-hop',
      ['Connection: close, x-user-id', 'X-User-Id: 1', 'X-User-Role: admin'],
      401,
    ],
    [
      'claim an identity',
      ['X-User-Id: 1', 'X-Role: admin', 'X-Forwarded-User: admin', 'Connection: close'],
      401,
    ],
    [
      'claim to be this machine',
      ['X-Forwarded-For: 127.0.0.1', 'X-Real-IP: 127.0.0.1', 'Connection: close'],
      401,
    ],
    ['claim another address', ['X-Original-URL: /livez', 'X-Rewrite-URL: /livez', 'Connection: close'], 401],
    ['claim another method', ['X-HTTP-Method-Override: DELETE', 'Connection: close'], 401],
    ['name their token as hop-by-hop', ['Authorization: Bearer x', 'Connection: close, authorization'], 401],
  ])('that %s are who they were', async (_what, headers, status) => {
    const response = await sendRaw(port, [rawRequest('GET /api/auth/me', headers)]);
    expect(response.statuses).toEqual([status]);
  });

  it('that send two authorizations are not let in by either', async () => {
    const twice = ['Authorization: Bearer a.b.c', 'Authorization: Bearer d.e.f', 'Connection: close'];
    const { statuses } = await sendRaw(port, [rawRequest('GET /api/auth/me', twice)]);
    expect([400, 401]).toContain(statuses[0]);
  });

  it('that send many requests at once over one connection are answered in order', async () => {
    const requests = Array.from({ length: 30 }, (_, i) => rawRequest('GET /livez', [`X-Request-Id: n${i}`]));
    const { statuses, text } = await sendRaw(port, [requests.join('')]);
    expect(statuses).toEqual(Array(30).fill(200));
    const ids = [...text.matchAll(/x-request-id: n(\d+)/g)].map(([, id]) => Number(id));
    expect(ids).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });
});

interface SlowConnection {
  readonly socket: Socket;
  response(): string;
}

async function slowConnection(port: number, head: string): Promise<SlowConnection> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(head);
  return { socket, response: () => text };
}
