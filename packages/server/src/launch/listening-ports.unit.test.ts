import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SERVICE_NAMES } from '../kit/lifecycle/service.ts';
import { SERVICES } from '../services.ts';
import { listeningPorts, trustedProxiesOf } from './listening-ports.ts';

describe('listening ports', () => {
  it('are the gateway alone wherever there is one', () => {
    expect([...listeningPorts(SERVICE_NAMES, {})]).toEqual([['gateway', 8000]]);
    expect([...listeningPorts(['storage', 'gateway'], { port: 9000 })]).toEqual([['gateway', 9000]]);
  });

  it.each(SERVICE_NAMES)('are --port for %s alone, else a port of its own', (name) => {
    expect([...listeningPorts([name], { port: 9100 })]).toEqual([[name, 9100]]);
    expect([...listeningPorts([name], { port: 0 })]).toEqual([[name, 0]]);
    expect([...listeningPorts([name], {})]).toEqual([[name, SERVICES[name].alone]]);
  });

  it('are different by default, so that all may share a host', () => {
    expect(new Set(Object.values(SERVICES).map(({ alone }) => alone)).size).toBe(SERVICE_NAMES.length);
  });

  it('are those that docs/distributed.md lists', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/distributed.md'), 'utf8');
    const [names, , ports] = (/\| auth \|.*?\n\n/s.exec(page)?.[0] ?? '')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()));
    const listed = names.flatMap((name, i) => (name === '' ? [] : [[name, Number(ports[i])]]));
    expect(Object.fromEntries(listed)).toEqual(
      Object.fromEntries(
        SERVICE_NAMES.filter((name) => name !== 'gateway').map((name) => [name, SERVICES[name].alone]),
      ),
    );
  });

  it('are free ones for several services with --port 0, and no single other', () => {
    expect([...listeningPorts(['storage', 'feed'], { port: 0 })]).toEqual([
      ['storage', 0],
      ['feed', 0],
    ]);
    expect(() => listeningPorts(['storage', 'feed'], { port: 9000 })).toThrow(
      /--port 9000 .*2 services .*storage, feed/,
    );
  });

  it('are beside the gateway those of the tutorial, too, where it was said', () => {
    const ports = (port?: number) =>
      [...listeningPorts(SERVICE_NAMES, { port, compatiblePorts: true })].sort();
    expect(ports()).toEqual([
      ['analytics', 8004],
      ['auth', 8001],
      ['gateway', 8000],
      ['logging', 8005],
      ['socket-gateway', 8002],
      ['storage', 8003],
    ]);
    expect(ports(0).map(([, port]) => port)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(listeningPorts(SERVICE_NAMES, { port: 9000, compatiblePorts: true }).get('gateway')).toBe(9000);
  });
});

describe('forwarded addresses', () => {
  const trustedProxies = ['10.0.0.0/8'];

  it('are believed of the proxies that were named, where a service serves the others', () => {
    expect(trustedProxiesOf(SERVICE_NAMES, { trustedProxies })).toEqual(trustedProxies);
    expect(trustedProxiesOf(['gateway'], { trustedProxies })).toEqual(trustedProxies);
  });

  it.each(SERVICE_NAMES.filter((name) => name !== 'gateway'))(
    'are believed of this machine, too, by a process of %s that has a gateway in front of it',
    (name) => {
      expect(trustedProxiesOf([name], { trustedProxies })).toEqual(['loopback', ...trustedProxies]);
    },
  );
});
