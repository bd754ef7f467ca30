import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createHostCheck } from './access.ts';
import { createHostRule } from './addresses.ts';

describe('host rule', () => {
  const onLoopback = createHostRule({ host: '127.0.0.1', allowedHosts: ['desk.example', 'Data.Example'] });

  it.each([
    'localhost',
    'localhost:8000',
    'LOCALHOST:8000',
    'localhost.:8000',
    'desk.localhost:8000',
    '127.0.0.1:8000',
    '127.8.9.1',
    '[::1]:8000',
    '[::1]',
    'desk.example:443',
    'data.example',
  ])('allows %s on this machine', (host) => {
    expect(onLoopback(host)).toBe(true);
  });

  it.each([
    undefined,
    '',
    ':8000',
    'evil.example:8000',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    '127.evil.example',
    'desk.example.evil.example',
    '192.168.1.5:8000',
    '0.0.0.0:8000',
    '[::]:8000',
    '[::1].evil.example',
    'localhost:8000:9000',
    'localhost@evil.example',
  ])('refuses %s on this machine', (host) => {
    expect(onLoopback(host)).toBe(false);
  });

  it('allows the address that is listened on, and every address where all are, but no further name', () => {
    const onOne = createHostRule({ host: '192.168.1.5', allowedHosts: [] });
    expect(['192.168.1.5:8000', '192.168.1.6:8000', 'desk'].map(onOne)).toEqual([true, false, false]);
    for (const host of ['0.0.0.0', '::']) {
      const onAll = createHostRule({ host, allowedHosts: [] });
      expect(['192.168.1.5:8000', '[fe80::1]:8000', 'evil.example'].map(onAll)).toEqual([true, true, false]);
    }
  });

  it('says which host is refused and which setting names it', () => {
    const check = createHostCheck(onLoopback, []);
    const refusal = check({ headers: { host: 'evil.example' } } as IncomingMessage);
    expect(refusal).toMatchObject({ code: 'host_not_allowed', message: 'header host: "evil.example"' });
    expect(refusal?.remedy).toContain('--allowed-hosts');
  });

  it('holds for the host that is asked for, and for those that a trusted proxy says', () => {
    const check = createHostCheck(onLoopback, ['loopback']);
    const refused = (remoteAddress: string, headers: Record<string, string>) =>
      check({ headers, socket: { remoteAddress } } as unknown as IncomingMessage)?.message;
    const headers = { host: 'localhost', 'x-forwarded-host': 'desk.example, inner' };
    expect(refused('127.0.0.1', headers)).toBe('header host: "inner"');
    expect(refused('203.0.113.9', headers)).toBeUndefined();
    expect(refused('127.0.0.1', { host: 'localhost', 'x-forwarded-host': 'desk.example' })).toBeUndefined();
    expect(refused('127.0.0.1', { host: 'sockets:8002' })).toBe('header host: "sockets:8002"');
    expect(refused('127.0.0.1', {})).toBe('header host: is missing');
  });
});
