import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { createHttpApp } from '../http/http.ts';
import { silentLogger } from '../logging/log.ts';
import { createClientAddress, forwardedHops, networkOf } from './addresses.ts';

const PROXY = '10.0.0.1';

/** What REST and sockets each see. */
async function seen(peer: string, forwarded: string | undefined, trusted: readonly string[]) {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  const request = { headers, socket: { remoteAddress: peer } } as unknown as IncomingMessage;
  const app = createHttpApp({ logger: silentLogger, trustedProxies: trusted }) as unknown as FastifyInstance;
  app.get('/ip', async ({ ip }) => ({ ip }));
  const response = await app.inject({ url: '/ip', headers, remoteAddress: peer });
  await app.close();
  return [createClientAddress(trusted)(request), response.json().ip];
}

describe('the address of a client', () => {
  it.each([
    ['without a header', PROXY, undefined, ['uniquelocal'], PROXY],
    ['from a proxy', PROXY, '192.0.2.7', ['uniquelocal'], '192.0.2.7'],
    ['from nobody who is trusted', '203.0.113.9', '192.0.2.7', ['uniquelocal'], '203.0.113.9'],
    ['with a port', PROXY, '192.0.2.7:51234', [PROXY], '192.0.2.7'],
    ['of IPv6', PROXY, '2001:db8::7', [PROXY], '2001:db8::7'],
    ['of IPv6 in brackets', PROXY, '[2001:db8::7]', [PROXY], '2001:db8::7'],
    ['of IPv6 with a port', PROXY, '[2001:db8::7]:443', [PROXY], '2001:db8::7'],
    ['through two proxies', PROXY, '192.0.2.7:9, 10.0.0.2:80', ['uniquelocal'], '192.0.2.7'],
    ['made up before a real one', PROXY, '127.0.0.1, 192.0.2.7', ['uniquelocal'], '192.0.2.7'],
    ['after what is not an address', PROXY, 'unknown, 192.0.2.7', ['uniquelocal'], '192.0.2.7'],
    ['that is not an address', PROXY, '<script>', [PROXY], PROXY],
    ['that is not an address behind another proxy', PROXY, 'unknown, 10.0.0.2', ['uniquelocal'], '10.0.0.2'],
  ])('%s', async (_what, peer, forwarded, trusted, expected) => {
    expect(await seen(peer, forwarded, trusted)).toEqual([expected, expected]);
  });

  it('takes a time that grows no faster than the header', { tags: ['timing'] }, () => {
    const timeOf = (headers: readonly string[]) => {
      const begun = performance.now();
      for (const header of headers) forwardedHops(header);
      return performance.now() - begun;
    };
    const headers = (length: number) => ['1.2.3.4,'.repeat(length / 8), '['.repeat(length)];
    const [short, long] = [headers(16_000), headers(8 * 16_000)];
    // The shortest of several is the time without what else the machine did meanwhile.
    const least = { short: Infinity, long: Infinity };
    for (let round = 0; round < 10; round++) {
      least.short = Math.min(least.short, timeOf(short));
      least.long = Math.min(least.long, timeOf(long));
    }
    // A square would be 64 times as long.
    expect(least.long).toBeLessThan(24 * least.short);
  });

  it('needs proxies that are addresses or networks', () => {
    for (const wrong of ['proxy.example', '10.0.0.0/99', '']) {
      const start = () => createHttpApp({ logger: silentLogger, trustedProxies: [wrong] });
      expect(start).toThrow(expect.objectContaining({ code: 'invalid_setting' }));
    }
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0DB8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', ''],
  ])('of %j is %j', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });
});
