import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { followLog } from './follow-log.ts';

let platform: Server;
afterEach(async () => {
  platform.closeAllConnections();
  platform.close();
  await once(platform, 'close');
});

async function listen(answers: readonly ((response: ServerResponse) => void)[]): Promise<string> {
  let asked = 0;
  platform = createServer((_request, response) => answers[Math.min(asked++, answers.length - 1)](response));
  platform.listen(0, '127.0.0.1');
  await once(platform, 'listening');
  return `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
}

const READY = 'event: ready\ndata: {"at":"2026-11-28T10:00:00.000Z"}\n\n';
const follows = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(READY);

it('connects again when the platform is killed, from the first connection on', async () => {
  const server = await listen([
    (response) => {
      follows(response);
      setTimeout(() => response.destroy(), 50);
    },
    (response) => response.writeHead(503).end(),
    follows,
  ]);
  const gone = new AbortController();
  const kinds: string[] = [];
  for await (const { kind } of followLog({ server }, {}, gone.signal)) {
    kinds.push(kind);
    if (kinds.length === 4) gone.abort();
  }
  expect(kinds).toEqual(['ready', 'end', 'end', 'ready']);
});

it('ends with the reason where it never followed', async () => {
  const server = await listen([(response) => response.writeHead(503).end('{"detail":"starting"}')]);
  const events = followLog({ server }, {}, new AbortController().signal);
  await expect(events.next()).rejects.toThrow(/503 starting/);
});
