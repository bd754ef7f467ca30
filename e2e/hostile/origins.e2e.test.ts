import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POLLING } from '../support/clients/hostile-sockets.ts';
import { sendRaw } from '../support/clients/raw-http.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** A loaded machine answers late; every request here is answered. */
const ANSWER_MS = 10_000;

describe('a page of another site', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;
  let port = 0;
  beforeAll(async () => {
    platform = await startPlatform(['--data', folder.path]);
    port = Number(new URL(platform.url).port);
  });
  afterAll(async () => {
    await platform?.stop();
    folder.remove();
  });

  const send = async (line: string, headers: readonly string[], host = `localhost:${port}`) => {
    const request = [`${line} HTTP/1.1`, `Host: ${host}`, ...headers, '', ''].join('\r\n');
    return (await sendRaw(port, [request], { quietMs: 300, firstMs: ANSWER_MS })).statuses[0];
  };
  const openSession = async () => {
    const text = await (await fetch(`${platform.url}${POLLING}`)).text();
    return (JSON.parse(text.slice(1)) as { sid: string }).sid;
  };

  it('gets no session by a script, and cannot use one it knows', async () => {
    const evil = 'Origin: https://evil.example';
    expect(await send(`GET ${POLLING}&j=0`, ['Sec-Fetch-Site: cross-site'])).toBe(400);
    expect(await send(`GET ${POLLING}`, ['Sec-Fetch-Site: cross-site'])).toBe(403);
    const sid = await openSession();
    const upgrade = `GET ${POLLING.replace('polling', 'websocket')}&sid=${sid}`;
    expect(await send(`POST ${POLLING}&sid=${sid}`, [evil, 'Content-Length: 0'])).toBe(403);
    expect(await send(`GET ${POLLING}&sid=${sid}`, [evil])).toBe(403);
    expect(await send(upgrade, [...UPGRADE, evil])).toBe(403);
    expect(await send(upgrade, [...UPGRADE, `Origin: http://localhost:${port}`])).toBe(101);
  });

  it('whose name is rebound to this machine is refused', async () => {
    const own = [`Origin: http://rebound.example:${port}`, ...UPGRADE];
    const path = `GET ${POLLING.replace('polling', 'websocket')}`;
    expect(await send(path, own, `rebound.example:${port}`)).toBe(421);
    expect(await send(`GET ${POLLING}`, [], `rebound.example:${port}`)).toBe(421);
    expect(await send(`GET ${POLLING}`, [], `127.0.0.1:${port}`)).toBe(200);
  });
});
