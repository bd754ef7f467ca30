import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createClientAddress } from './client-address.ts';

const from = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage;

describe('client address', () => {
  const address = createClientAddress(['loopback', '10.0.0.0/8']);

  it.each([
    ['203.0.113.9', undefined, '203.0.113.9'],
    ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['127.0.0.1', undefined, '127.0.0.1'],
    ['127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['::ffff:127.0.0.1', '198.51.100.1, 10.1.1.1', '198.51.100.1'],
    ['127.0.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['127.0.0.1', '198.51.100.1:50123', '198.51.100.1'],
    ['127.0.0.1', '[2001:db8::1]:50123', '2001:db8::1'],
    ['127.0.0.1', '2001:db8::1', '2001:db8::1'],
    ['127.0.0.1', 'unknown', '127.0.0.1'],
    ['10.1.1.1', '_hidden:80', '10.1.1.1'],
  ])('of %s with %s is %s', (peer, forwarded, expected) => {
    expect(address.of(from(peer, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }))).toBe(
      expected,
    );
  });

  it('takes the host that was asked for from a trusted proxy only', () => {
    const headers = { host: 'sockets:8002', 'x-forwarded-host': 'desk.example' };
    expect(address.hostOf(from('127.0.0.1', headers))).toBe('desk.example');
    expect(address.hostOf(from('203.0.113.9', headers))).toBe('sockets:8002');
    expect(address.hostOf(from('127.0.0.1', { host: 'sockets:8002' }))).toBe('sockets:8002');
  });
});
