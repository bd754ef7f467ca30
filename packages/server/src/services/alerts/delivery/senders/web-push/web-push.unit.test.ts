import { createPublicKey } from 'node:crypto';
import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../../../../ports/clock.ts';
import { firing, messageOf } from '../../delivery.fixture.ts';
import type { TargetRequest } from '../../target-requests/target-request.ts';
import { encryptPush, pushKeysProblem } from './encrypt-push.ts';
import { createSubscribedBrowser } from './subscribed-browser.fixture.ts';
import { VAPID_SEED_BYTES, vapidAuthorization, vapidKeyOf } from './vapid.ts';
import { createWebPushSender, pushPayload } from './web-push.ts';

const NOW = Date.parse('2026-11-26T09:15:00Z');
const bytes = (text: string) => Buffer.from(text, 'base64url');
describe('encryption', () => {
  it('gives what the example of RFC 8291 gives', () => {
    const keys = {
      p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
      auth: 'BTBZMqHH6r4Tts7J_aSIgg',
    };
    const random = {
      salt: bytes('DGv6ra1nlYgDCS1FRnbzlw'),
      privateKey: bytes('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'),
    };
    expect(encryptPush('When I grow up, I want to be a watermelon', keys, random).toString('base64url')).toBe(
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
    );
  });

  it('uses another key and salt each time, and its browser reads it', () => {
    const { keys, read } = createSubscribedBrowser();
    const [one, two] = [encryptPush('ΔPCR', keys), encryptPush('ΔPCR', keys)];
    expect(one.equals(two)).toBe(false);
    expect([read(one), read(two)]).toEqual(['ΔPCR', 'ΔPCR']);
  });

  it('says what is wrong with keys', () => {
    const { keys } = createSubscribedBrowser();
    expect(pushKeysProblem(keys)).toBeNull();
    expect(pushKeysProblem({ ...keys, auth: 'AAAA' })).toMatch(/^auth:/);
    expect(pushKeysProblem({ ...keys, p256dh: keys.p256dh.slice(4) })).toMatch(
      /^p256dh: is not an uncompressed/,
    );
    const elsewhere = Buffer.alloc(65, 1);
    elsewhere[0] = 4;
    expect(pushKeysProblem({ ...keys, p256dh: elsewhere.toString('base64url') })).toBe(
      'p256dh: is not a point of P-256',
    );
  });
});

describe('the key of the platform', () => {
  it('is the same for the same seed, and no other', () => {
    const seed = Buffer.alloc(VAPID_SEED_BYTES, 3);
    expect(vapidKeyOf(seed).publicKey).toBe(vapidKeyOf(seed).publicKey);
    expect(vapidKeyOf(Buffer.alloc(VAPID_SEED_BYTES, 4)).publicKey).not.toBe(vapidKeyOf(seed).publicKey);
    expect(bytes(vapidKeyOf(seed).publicKey)).toHaveLength(65);
    for (const edge of [0, 255]) {
      expect(bytes(vapidKeyOf(Buffer.alloc(VAPID_SEED_BYTES, edge)).publicKey)[0]).toBe(4);
    }
  });

  it('signs a token for the origin of the push service that jose verifies', async () => {
    const key = vapidKeyOf(Buffer.alloc(VAPID_SEED_BYTES, 3));
    const given = {
      endpoint: 'https://push.example:8443/x/y',
      contact: 'mailto:ops@example.com',
      nowMs: NOW,
    };
    const [, token, publicKey] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(vapidAuthorization(key, given)) ?? [];
    expect(publicKey).toBe(key.publicKey);
    const point = bytes(publicKey);
    const verifying = createPublicKey({
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: point.subarray(1, 33).toString('base64url'),
        y: point.subarray(33).toString('base64url'),
      },
      format: 'jwk',
    });
    const { payload } = await jwtVerify(token, verifying, {
      audience: 'https://push.example:8443',
      algorithms: ['ES256'],
      currentDate: new Date(NOW),
    });
    expect(payload).toEqual({
      aud: 'https://push.example:8443',
      exp: NOW / 1_000 + 12 * 3_600,
      sub: 'mailto:ops@example.com',
    });
  });
});

describe('a push message', () => {
  const key = vapidKeyOf(Buffer.alloc(VAPID_SEED_BYTES, 3));
  const options = {
    key,
    contact: undefined,
    ttlSeconds: 900,
    shownFirings: 20,
    pageUrl: 'https://ds.example',
  };
  const sent: TargetRequest[] = [];
  const answering = (status: number) =>
    createWebPushSender(
      async (request) => {
        sent.push(request);
        return { kind: 'answered', status, body: 'secret', retryAfterMs: null };
      },
      createManualClock(NOW),
      options,
    );
  const { keys, read } = createSubscribedBrowser();
  const target = { kind: 'web_push', endpoint: 'https://push.example/x', ...keys } as const;
  const signal = new AbortController().signal;

  it('is short-lived, urgent by its severity, and repeated in its own place', async () => {
    const message = messageOf([firing({ severity: 'critical' })]);
    await answering(201).send(target, message, signal);
    await answering(201).send(target, message, signal);
    await answering(201).send(target, { ...message, id: 'msg_2' }, signal);
    const [first, again, other] = sent;
    expect(first.headers).toMatchObject({ ttl: '900', urgency: 'high', 'content-encoding': 'aes128gcm' });
    expect(first.headers.topic).toMatch(/^[\w-]{32}$/);
    expect(again.headers.topic).toBe(first.headers.topic);
    expect(other.headers.topic).not.toBe(first.headers.topic);
    expect(JSON.parse(read(first.body as Uint8Array))).toEqual({
      id: 'msg_1',
      title: 'Critical: PCR high · NIFTY 2026-12-01',
      body: 'PCR of NIFTY is 1.24\n2026-11-26 09:15:00 UTC',
      severity: 'critical',
      at: '2026-11-26T09:15:00.000Z',
      url: 'https://ds.example',
    });
  });

  it('stays below what browsers take, with as many alerts as fit', () => {
    const long = Array.from({ length: 30 }, (_, i) => firing({ id: `f${i}`, message: 'पीसीआर'.repeat(80) }));
    const payload = pushPayload(messageOf(long), 20, undefined);
    expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(2_500);
    expect(JSON.parse(payload).body).toMatch(/and 29 earlier alerts$/);
  });

  it.each([
    [201, 'delivered'],
    [403, 'gone'],
    [404, 'gone'],
    [410, 'gone'],
    [400, 'failed'],
    [413, 'failed'],
    [429, 'retry'],
    [500, 'retry'],
  ])('answered with %i is %s', async (status, outcome) => {
    const result = await answering(status).send(target, messageOf([firing()]), signal);
    expect(result.outcome).toBe(outcome);
    expect(JSON.stringify(result)).not.toContain('secret');
  });
});
