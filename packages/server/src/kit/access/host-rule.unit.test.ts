import { describe, expect, it } from 'vitest';
import { createHostRule, hostRefusal } from './host-rule.ts';

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
    const { code, message, remedy } = hostRefusal('evil.example');
    expect(code).toBe('host_not_allowed');
    expect(message).toContain('evil.example');
    expect(remedy).toContain('--allowed-hosts');
  });
});
