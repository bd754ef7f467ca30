import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../ports/clock.ts';
import { createDestinationRule } from './destination.ts';
import { createHostAddresses, type HostAddresses } from './host-addresses.ts';
import { ownCertificate, startTarget, type Target } from './target.fixture.ts';
import { createTargetRequest, type TargetRequestOptions } from './target-request.ts';

let target: Target;
beforeEach(async () => {
  target = await startTarget(() => ({ status: 204 }));
});
afterEach(() => target.stop());

interface Given extends Partial<Omit<TargetRequestOptions, 'rule'>> {
  readonly allowed?: readonly string[];
  readonly ports?: readonly number[];
}

const LOCAL: HostAddresses = async () => ['127.0.0.1'];

/** Sends to the URL; by default the operator has named nothing, and every name is this machine. */
const sendTo = (url: string, { allowed = [], ports = [443, target.port], ...options }: Given = {}) => {
  const rule = createDestinationRule({ ports, allowed, nat64: false });
  const send = createTargetRequest({
    rule,
    addressesOf: LOCAL,
    clock: systemClock,
    timeoutMs: 60_000,
    answerBytes: 1_000,
    ...options,
  });
  return send({ method: 'POST', url, headers: { 'content-type': 'application/json' }, body: '{"a":"ü"}' });
};
/** A host that the operator named. */
const named = (path = '/hook', options: Given = {}) =>
  sendTo(`http://hook.test:${target.port}${path}`, { allowed: [`hook.test:${target.port}`], ...options });
const REFUSED = { kind: 'refused', reason: 'the address is not one of the public internet' };

describe('a name', () => {
  it.each([
    ['127.0.0.1'],
    ['10.1.2.3'],
    ['169.254.169.254'],
    ['0.0.0.0'],
    ['::1'],
    ['::'],
    ['fe80::1'],
    ['fd00:ec2::254'],
    ['::ffff:127.0.0.1'],
    ['64:ff9b::7f00:1'],
    ['2002:7f00:1::'],
  ])('with the address %s is refused', async (address) => {
    const answer = await sendTo(`https://hook.test:${target.port}/`, { addressesOf: async () => [address] });
    expect(answer).toEqual(REFUSED);
    expect(target.connections()).toBe(0);
  });

  it('is refused when one of its addresses is not public, wherever that one stands', async () => {
    for (const addresses of [
      ['127.0.0.1', '8.8.8.8'],
      ['8.8.8.8', '127.0.0.1'],
      ['2606:4700::1111', '8.8.8.8', '::1'],
    ]) {
      const given = { addressesOf: async () => addresses };
      expect(await sendTo(`https://hook.test:${target.port}/`, given)).toEqual(REFUSED);
    }
    expect(target.connections()).toBe(0);
  });

  it('cannot change its address between the check and the connection', async () => {
    let lookups = 0;
    const rebinding: HostAddresses = async () => {
      lookups += 1;
      // Public at the first look-up, which nothing answers at, this machine at every other.
      return lookups === 1 ? ['192.0.0.9'] : ['127.0.0.1'];
    };
    const addresses = ['192.0.0.0/24'];
    const answer = await sendTo(`https://hook.test:${target.port}/`, {
      addressesOf: rebinding,
      allowed: addresses,
      timeoutMs: 300,
    });
    expect(answer.kind).toBe('failed');
    expect(lookups).toBe(1);
    expect(target.connections()).toBe(0);
    expect(
      await sendTo(`https://hook.test:${target.port}/`, { addressesOf: rebinding, allowed: addresses }),
    ).toEqual(REFUSED);
    expect(target.connections()).toBe(0);
  });

  it.each(['localhost', 'localhost.', 'LOCALHOST', 'ip6-localhost'])(
    'of this machine, %s, is not reached through the resolver of the platform',
    async (host) => {
      const addressesOf = createHostAddresses(2_000);
      const answer = await sendTo(`https://${host}:${target.port}/`, { addressesOf });
      expect(answer.kind).not.toBe('answered');
      expect(target.connections()).toBe(0);
    },
  );

  it('without an address is no connection', async () => {
    const nothing = await named('/', { addressesOf: async () => [] });
    expect(nothing).toEqual({ kind: 'failed', reason: 'the host name has no address' });
  });
});

it('an address in the URL is judged though nothing is looked up for it', async () => {
  for (const host of [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
  ]) {
    const answer = await sendTo(`https://${host}:${target.port}/`, { addressesOf: async () => ['8.8.8.8'] });
    expect(answer, host).toEqual(REFUSED);
  }
  expect(target.connections()).toBe(0);
});

describe('a host that the operator names', () => {
  it('is reached, with what was to be sent', async () => {
    expect(await named('/hook?a=1')).toEqual({ kind: 'answered', status: 204, body: '', retryAfterMs: null });
    const [{ path, headers, body }] = target.requests;
    expect([path, body]).toEqual(['/hook?a=1', '{"a":"ü"}']);
    expect(headers).toMatchObject({
      host: `hook.test:${target.port}`,
      'content-length': '10',
      'user-agent': 'DeltaStream-Alerts',
      connection: 'close',
    });
  });

  it('may be an address, and says nothing for its other ports', async () => {
    const allowed = [`127.0.0.1:${target.port}`];
    expect(await sendTo(`${target.url}/`, { allowed })).toMatchObject({ kind: 'answered', status: 204 });
    const other = await startTarget(() => ({ status: 204 }));
    expect(await sendTo(`${other.url}/`, { allowed })).toMatchObject({ kind: 'refused' });
    expect(other.connections()).toBe(0);
    await other.stop();
  });

  it('must have a certificate that is valid for its name', async () => {
    const secure = await startTarget(() => ({ status: 204 }), ownCertificate());
    const allowed = [`localhost:${secure.port}`];
    expect(await sendTo(`https://localhost:${secure.port}/`, { allowed })).toEqual({
      kind: 'failed',
      reason: 'its certificate is not valid',
    });
    expect(secure.requests).toEqual([]);
    await secure.stop();
  });

  it('may not speak plain HTTP where TLS is asked for', async () => {
    const answer = await sendTo(`https://hook.test:${target.port}/`, {
      allowed: [`hook.test:${target.port}`],
    });
    expect(answer).toEqual({ kind: 'failed', reason: 'TLS could not be negotiated' });
  });
});

describe('an answer', () => {
  it.each([301, 302, 303, 307, 308])('that redirects (%i) is not followed', async (status) => {
    const inside = await startTarget(() => ({ status: 200 }));
    target.behave(() => ({ status, headers: { location: `${inside.url}/latest/meta-data` } }));
    const allowed = [`hook.test:${target.port}`, `127.0.0.1:${inside.port}`];
    expect(await named('/', { allowed })).toMatchObject({ kind: 'answered', status });
    expect(inside.connections()).toBe(0);
    await inside.stop();
  });

  it('that has no end is read so far, and what it said counts', async () => {
    let written = 0;
    target.behave((_, response) => {
      response.writeHead(200);
      const more = (error?: Error | null) => {
        if (error) return;
        written += 1;
        response.write('x'.repeat(100_000), more);
      };
      more();
      return undefined;
    });
    const answer = await named();
    expect(answer).toMatchObject({ kind: 'answered', status: 200, body: 'x'.repeat(1_000) });
    // What the sockets between hold is written, and then no more.
    await expect.poll(() => target.requests.length).toBe(1);
    expect(written).toBeLessThan(1_000);
  });

  it('that never comes ends with the time', async () => {
    target.behave(() => 'hang');
    expect(await named('/', { timeoutMs: 100 })).toEqual({
      kind: 'failed',
      reason: 'no answer within 100 ms',
    });
  });

  it('that drips counts by its status when the time is over', async () => {
    target.behave((_, response) => {
      response.writeHead(503, { 'retry-after': '7' });
      const drip = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(drip));
      return undefined;
    });
    expect(await named('/', { timeoutMs: 500 })).toMatchObject({
      kind: 'answered',
      status: 503,
      retryAfterMs: 7_000,
    });
  });

  it('that is cut off counts by its status, and not at all without one', async () => {
    target.behave((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('x', () => response.destroy());
      return undefined;
    });
    expect(await named()).toMatchObject({ kind: 'answered', status: 200, body: 'x' });
    target.behave((_, response) => {
      response.destroy();
      return undefined;
    });
    expect(await named()).toEqual({ kind: 'failed', reason: 'no connection' });
  });

  it('that changes the protocol is a failure at once, and not a wait without end', async () => {
    target.behave((_, response) => {
      response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
      return 'hang';
    });
    expect(await named()).toEqual({ kind: 'failed', reason: 'no connection' });
  });

  it('with a head that is too long or none is not HTTP', async () => {
    target.behave(() => ({ status: 200, headers: { 'x-long': 'x'.repeat(100_000) } }));
    expect(await named()).toEqual({ kind: 'failed', reason: 'its answer is not valid HTTP' });
    const other = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('220 mail.test ESMTP\r\n');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const answer = await sendTo(`http://hook.test:${port}/`, { allowed: [`hook.test:${port}`] });
    expect(answer).toMatchObject({ kind: 'failed' });
    other.close();
  });

  it('says how long to wait, in seconds or as a date', async () => {
    const waits: (number | null)[] = [];
    for (const value of ['120', new Date(Date.now() + 3_600_000).toUTCString(), 'soon', '-5', '0']) {
      target.behave(() => ({ status: 429, headers: { 'retry-after': value } }));
      const answer = await named();
      waits.push(answer.kind === 'answered' ? answer.retryAfterMs : Number.NaN);
    }
    expect([waits[0], waits[2], waits[4]]).toEqual([120_000, null, 0]);
    expect(waits[1]).toBeGreaterThan(3_500_000);
    expect(waits[1]).toBeLessThanOrEqual(3_600_000);
  });
});

it('a header that cannot be sent fails and does not throw', async () => {
  const rule = createDestinationRule({ ports: [443], allowed: [`hook.test:${target.port}`], nat64: false });
  const send = createTargetRequest({
    ...{ rule, addressesOf: LOCAL, clock: systemClock, timeoutMs: 60_000, answerBytes: 1_000 },
  });
  const url = `http://hook.test:${target.port}/`;
  const answer = await send({
    method: 'POST',
    url,
    headers: { authorization: 'Bearer a\r\nx: y' },
    body: '',
  });
  expect(answer).toEqual({ kind: 'failed', reason: 'a header has a character that is not allowed' });
  expect(target.requests).toEqual([]);
});

it('ends when the platform stops', async () => {
  const stopping = new AbortController();
  target.behave(() => {
    stopping.abort();
    return 'hang';
  });
  const rule = createDestinationRule({ ports: [443], allowed: [`hook.test:${target.port}`], nat64: false });
  const send = createTargetRequest({
    ...{ rule, addressesOf: LOCAL, clock: systemClock, timeoutMs: 60_000, answerBytes: 1_000 },
  });
  const request = { method: 'POST', url: `http://hook.test:${target.port}/`, headers: {}, body: '' } as const;
  expect(await send(request, stopping.signal)).toEqual({ kind: 'failed', reason: 'the platform stops' });
});
