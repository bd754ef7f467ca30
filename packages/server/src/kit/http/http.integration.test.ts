import { connect } from 'node:net';
import { type Problem, Problem as ProblemSchema } from '@deltastream/contracts';
import { Value } from 'typebox/value';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLogger, silentLogger } from '../logging/log.ts';
import { createHttpApp, type HttpApp } from './http.ts';

const running: HttpApp[] = [];
afterEach(async () => {
  for (const app of running.splice(0)) await app.close();
});

async function start(): Promise<number> {
  const app = createHttpApp({ logger: silentLogger, requestTimeoutMs: 2_000, closeGraceMs: 0 });
  app.get('/things/:id', async () => ({}));
  app.post('/things/:id', async (request) => request.body);
  app.post('/things/:id/run', async () => ({}));
  app.get('/files/*', async (_request, reply) => reply.callNotFound());
  running.push(app);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return Number(new URL(url).port);
}

/** Sends bytes and reads until the connection ends. */
const exchange = (port: number, text: string): Promise<string> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });

function problemOf(answer: string): Problem {
  const [head, body] = answer.split('\r\n\r\n');
  const problem = JSON.parse(body) as Problem;
  expect(head).toContain('content-type: application/problem+json');
  expect(head.toLowerCase()).toContain(`x-request-id: ${problem.request_id}`);
  expect(Value.Check(ProblemSchema, problem)).toBe(true);
  return problem;
}

describe('a method that a path does not know', () => {
  it.each([
    ['PUT', '/things/1', 405, 'GET, HEAD, POST'],
    ['GET', '/things/1/run', 405, 'POST'],
    ['QUERY', '/things/1/run', 405, 'POST'],
    ['GET', '/things', 404, null],
    ['GET', '/things/1/2', 404, null],
    ['POST', '/files/a', 404, null],
    ['GET', '/files/a', 404, null],
  ])('%s %s is %d', async (method, path, status, allow) => {
    const answer = await fetch(`http://127.0.0.1:${await start()}${path}`, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(await answer.json()).toMatchObject({ code: status === 405 ? 'method_not_allowed' : 'not_found' });
  });
});

describe('what never becomes a request', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n', 'invalid_request'],
    [
      'too many headers',
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
      'headers_too_large',
    ],
    ['headers that do not end', 'GET / HTTP/1.1\r\nHost: a\r\n', 'request_too_slow'],
    [
      'a body that does not come',
      'POST /things/1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{',
      'request_too_slow',
    ],
  ])('is answered with a problem document: %s', async (_what, text, code) => {
    expect(problemOf(await exchange(await start(), text))).toMatchObject({ code });
  });

  it('is not answered in the place of a good request before it', async () => {
    const good = 'GET /things/1 HTTP/1.1\r\nHost: a\r\n\r\n';
    expect(await exchange(await start(), `${good}nonsense\r\n\r\n`)).not.toMatch(/^HTTP\/1\.1 4/);
  });
});

it('refuses packed bodies, whatever they hold', async () => {
  const url = `http://127.0.0.1:${await start()}/things/1`;
  for (const [encoding, status] of [
    ['gzip', 415],
    ['br', 415],
    ['identity', 200],
  ] as const) {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    expect((await fetch(url, { method: 'POST', headers, body: '{}' })).status).toBe(status);
  }
});

it('lets the sender of a body that is too large see why it is refused', async () => {
  const url = `http://127.0.0.1:${await start()}/things/1`;
  const body = JSON.stringify('x'.repeat(20 * 2 ** 20));
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(answer.status).toBe(413);
  expect(await answer.json()).toMatchObject({ code: 'payload_too_large' });
});

describe('the line of a request', () => {
  const linesOf = async (accessLog: 'debug' | 'info') => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    const app = createHttpApp({ logger, accessLog });
    running.push(app);
    app.get('/things/:id', async () => ({}));
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await app.inject({ url: '/things/5', headers: { 'x-request-id': 'mine', traceparent } });
    await app.close();
    return lines.map((line) => JSON.parse(line));
  };

  it('names the request, its route, answer and trace where it is kept', async () => {
    expect(await linesOf('info')).toEqual([
      expect.objectContaining({
        message: 'request',
        request_id: 'mine',
        method: 'GET',
        route: '/things/:id',
        status: 200,
        ms: expect.any(Number),
        trace_id: '0af7651916cd43dd8448eb211c80319c',
      }),
    ]);
  });

  it('costs nothing where it is not', async () => {
    expect(await linesOf('debug')).toEqual([]);
  });

  it('is written once, also where the connection ends before the response', async () => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    const app = createHttpApp({ logger, accessLog: 'info' });
    running.push(app);
    const begun = Promise.withResolvers<void>();
    app.get('/slow', (_request, reply) => {
      begun.resolve();
      reply.raw.once('close', () => reply.send({}));
    });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () =>
      socket.write('GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n'),
    );
    await begun.promise;
    socket.destroy();
    await vi.waitFor(async () => expect(await app.requestTimes.metrics()).toContain('route="/slow"'));
    expect(await app.requestTimes.metrics()).not.toContain('status="2xx"');
    await app.close();
    const written = lines.map((line) => JSON.parse(line));
    expect(written.map(({ route, status }) => [route, status])).toEqual([['/slow', 499]]);
  });
});
