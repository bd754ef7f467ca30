import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createClient } from './rest-client.ts';
import { problem } from './scripted-api.fixture.ts';

let close: () => void = () => {};
afterEach(() => close());

/** A server of the tail alone: each connection is handed to `on`. */
async function startTail(on: (response: ServerResponse, count: number, url: string) => void) {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    on(response, count, request.url ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const begin = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });

it('gives events as they come, whichever way their bytes are cut, until the stream ends', async () => {
  const asked: string[] = [];
  const url = await startTail((response, _count, path) => {
    asked.push(path);
    begin(response);
    const text =
      'event: ready\ndata: {"at":"2026-11-28T10:00:00.000Z"}\n\n: heartbeat\n\n' +
      'event: dropped\ndata: {"count":3}\n\nevent: log\ndata: {"message":"é"}\n\n';
    const bytes = Buffer.from(text);
    const inLetter = bytes.indexOf('é') + 1;
    response.write(bytes.subarray(0, 20));
    setTimeout(() => response.write(bytes.subarray(20, inLetter)), 20);
    setTimeout(() => response.end(bytes.subarray(inLetter)), 40);
  });
  const found: unknown[] = [];
  for await (const each of createClient({ baseUrl: url }).events.tailLogs({ level: 'warn', text: 'a b' }))
    found.push(each);
  expect(asked).toEqual(['/api/logs/tail?level=warn&text=a+b']);
  expect(found).toEqual([
    { event: 'ready', data: { at: '2026-11-28T10:00:00.000Z' } },
    { event: 'dropped', data: { count: 3 } },
    { event: 'log', data: { message: 'é' } },
  ]);
});

it('closes the connection when the loop is left, or the signal aborts', async () => {
  const closed: number[] = [];
  const url = await startTail((response, count) => {
    response.on('close', () => closed.push(count));
    begin(response).write('event: ready\ndata: {}\n\n');
  });
  const { events } = createClient({ baseUrl: url });
  for await (const each of events.tailLogs()) if (each.event === 'ready') break;
  await expect.poll(() => closed).toEqual([1]);

  const leaving = new AbortController();
  const stream = events.tailLogs({}, { signal: leaving.signal });
  expect((await stream.next()).value).toMatchObject({ event: 'ready' });
  const next = stream.next();
  leaving.abort(new Error('the page is left'));
  await expect(next).rejects.toThrow('the page is left');
  await expect.poll(() => closed).toEqual([1, 2]);
});

it('takes a silent or cut connection for broken', async () => {
  const url = await startTail((response, count) => {
    begin(response).write('event: ready\ndata: {}\n\n');
    if (count === 2) setTimeout(() => response.destroy(), 20);
  });
  const follow = async (silenceMs: number) => {
    for await (const each of createClient({ baseUrl: url, silenceMs }).events.tailLogs())
      expect(each.event).toBe('ready');
  };
  await expect(follow(50)).rejects.toMatchObject({ status: 0, code: 'timeout' });
  await expect(follow(60_000)).rejects.toMatchObject({ status: 0, code: 'unavailable' });
});

it('goes on beyond the longest time of a response, and tries again what passes by itself', async () => {
  const url = await startTail((response, count) => {
    if (count === 1) {
      const { status = 200, headers, body } = problem('too_many_connections');
      response.writeHead(status, headers).end(JSON.stringify(body));
      return;
    }
    begin(response).write('event: ready\ndata: {}\n\n');
    setTimeout(() => response.end('event: log\ndata: {"message":"late"}\n\n'), 400);
  });
  const found: string[] = [];
  for await (const { event } of createClient({
    baseUrl: url,
    timeoutMs: 200,
    retryBaseMs: 1,
  }).events.tailLogs())
    found.push(event);
  expect(found).toEqual(['ready', 'log']);
});
