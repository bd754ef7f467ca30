import { readFile } from 'node:fs/promises';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDesk, type Desk, OWNER, PUSH_KEYS } from '../desk.fixture.ts';
import type { DeliverySettings } from '../settings.ts';
import { type Behaviour, startTarget, type Target } from '../target-requests/target.fixture.ts';

let target: Target;
let desk: Desk;
beforeEach(async () => {
  target = await startTarget(() => ({ status: 204 }));
});
afterEach(async () => {
  await desk.remove();
  await target.stop();
});

const open = async (given: Partial<DeliverySettings> = {}): Promise<void> => {
  desk = await createDesk({ alertTargets: [`hook.test:${target.port}`], ...given });
};
const hookUrl = (path = '/hook') => `http://hook.test:${target.port}${path}`;
const webhook = () => desk.channel({ kind: 'webhook', url: hookUrl() });
const discord = () => desk.channel({ kind: 'discord', url: hookUrl() });
/** As many requests came, and what came of them is noted. */
const requests = async (count: number) => {
  await expect.poll(() => target.requests.length).toBe(count);
  await expect.poll(async () => (await desk.attempts()).length).toBe(count);
  return target.requests;
};
const outcomes = async () => (await desk.attempts()).map(({ outcome }) => outcome);
const statusOf = async (id: string) => {
  const { status, reason } = await desk.channels.get(OWNER, id);
  return { status, reason };
};
const idsOf = (body: string): string[] => JSON.parse(body).data.alerts.map(({ id }: { id: string }) => id);
const answers = (...statuses: number[]): Behaviour => {
  let next = 0;
  return () => ({ status: statuses[Math.min(next++, statuses.length - 1)] });
};
/** Several looks of the delivery. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 60));

describe('a firing', () => {
  it('is delivered at once, signed so that the reference library verifies it, and noted', async () => {
    await open();
    const { channel, signing_secret } = await desk.channels.create(OWNER, {
      name: 'Desk',
      target: { kind: 'webhook', url: hookUrl() },
    });
    await desk.fire('f1', { channels: [channel.id] });
    const [{ headers, body, path }] = await requests(1);
    expect(path).toBe('/hook');
    const verified = new Webhook(signing_secret as string).verify(body, headers as Record<string, string>);
    expect(verified).toMatchObject({ type: 'alert.fired', data: { alerts: [{ id: 'f1', rule_id: 'r1' }] } });
    expect(await desk.attempts()).toMatchObject([
      {
        channelId: channel.id,
        firingIds: ['f1'],
        attempt: 1,
        outcome: 'delivered',
        status: 204,
        test: false,
      },
    ]);
    await expect
      .poll(async () => (await desk.channels.get(OWNER, channel.id)).last_delivered_at)
      .not.toBeNull();
  });

  it('is sent once, however many processes deliver', async () => {
    await open();
    const id = await webhook();
    await Promise.all(Array.from({ length: 4 }, () => desk.start()));
    for (let i = 0; i < 20; i++) await desk.fire(`f${i}`, { channels: [id] });
    const delivered = () => target.requests.flatMap(({ body }) => idsOf(body));
    await expect.poll(() => delivered().length).toBe(20);
    await aWhile();
    expect(delivered().toSorted()).toEqual(Array.from({ length: 20 }, (_, i) => `f${i}`).toSorted());
  });

  it('that is muted or waits for its digest is not delivered, and a digest is one message', async () => {
    await open();
    const id = await webhook();
    const digestUntil = desk.clock.now() + 600_000;
    await desk.fire('f1', { channels: [id], digestUntil });
    await desk.fire('f2', { channels: [id], muted: true });
    await desk.fire('f3', { channels: [id], digestUntil });
    await aWhile();
    expect(target.requests).toEqual([]);
    desk.pass(600_000);
    const [{ body }] = await requests(1);
    expect(idsOf(body)).toEqual(['f1', 'f3']);
  });

  it('goes to every channel of its rule, and one that fails holds up no other', async () => {
    await open();
    const away = await desk.channel({ kind: 'webhook', url: hookUrl('/away') }, 'Away');
    const here = await webhook();
    target.behave(({ path }) => (path === '/away' ? 'hang' : { status: 204 }));
    await desk.fire('f1', { channels: [away, here] });
    await desk.fire('f2', { channels: [here] });
    await expect
      .poll(() => target.requests.filter(({ path }) => path === '/hook').flatMap(({ body }) => idsOf(body)))
      .toEqual(['f1', 'f2']);
    await desk.stopDeliveries(100);
  });
});

it('sends nothing of an account that is suspended, also not later what waited then', async () => {
  await open();
  const id = await webhook();
  desk.suspended.add('u1');
  await desk.fire('f1', { channels: [id] });
  await expect.poll(() => desk.store.undelivered(desk.clock.now(), 10)).toEqual([]);
  await expect.poll(() => desk.store.channelsDue(desk.clock.now(), 10)).toEqual([]);
  desk.suspended.clear();
  await desk.fire('f2', { channels: [id] });
  const [sent] = await requests(1);
  expect(idsOf(sent.body)).toEqual(['f2']);
});

describe('a message that fails', () => {
  it('is tried again by the schedule, the same in id and body, until it is delivered', async () => {
    await open();
    const id = await webhook();
    target.behave(answers(500, 503, 204));
    await desk.fire('f1', { channels: [id] });
    await requests(1);
    await expect.poll(() => statusOf(id)).toEqual({ status: 'failing', reason: 'it answered 500' });
    desk.pass(4_999);
    await aWhile();
    expect(target.requests).toHaveLength(1);
    desk.pass(1);
    await requests(2);
    await aWhile();
    desk.pass(299_999);
    await aWhile();
    expect(target.requests).toHaveLength(2);
    desk.pass(1);
    const sent = await requests(3);
    expect(new Set(sent.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(sent.map(({ body }) => body)).size).toBe(1);
    expect(new Set(sent.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3);
    expect(await outcomes()).toEqual(['retried', 'retried', 'delivered']);
    expect((await desk.attempts()).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    await expect.poll(() => statusOf(id)).toEqual({ status: 'ready', reason: null });
    const events = desk.lines.map((line) => JSON.parse(line).event);
    expect(events).toEqual(['alert_channel_failing', 'alert_channel_recovered']);
  });

  it('keeps its id and its wait over a restart', async () => {
    await open();
    const id = await webhook();
    target.behave(answers(500, 204));
    await desk.fire('f1', { channels: [id] });
    await requests(1);
    await expect.poll(() => statusOf(id)).toMatchObject({ status: 'failing' });
    await desk.stopDeliveries();
    await desk.fire('f2', { channels: [id] });
    await desk.start();
    await aWhile();
    expect(target.requests).toHaveLength(1);
    desk.pass(5_000);
    const [first, again, next] = await requests(3);
    expect(again.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(again.body).toBe(first.body);
    expect(next.headers['webhook-id']).not.toBe(first.headers['webhook-id']);
    expect(idsOf(next.body)).toEqual(['f2']);
  });

  it('waits for as long as the target asks, and so does everything else for it, which is merged', async () => {
    await open({ discordPaceMs: 0 });
    const id = await discord();
    target.behave(() => ({ status: 429, body: '{"retry_after": 90.5}' }));
    await desk.fire('f1', { channels: [id], message: 'one' });
    await requests(1);
    target.behave(() => ({ status: 204 }));
    await expect.poll(() => statusOf(id)).toMatchObject({ status: 'failing' });
    await desk.fire('f2', { channels: [id], message: 'two' });
    await desk.fire('f3', { channels: [id], message: 'three' });
    desk.pass(90_499);
    await aWhile();
    expect(target.requests).toHaveLength(1);
    desk.pass(1);
    const [, again, merged] = await requests(3);
    expect(JSON.parse(again.body).content).toContain('one');
    expect(JSON.parse(merged.body).content).toMatch(/two.*three/s);
    expect((await desk.attempts()).map(({ firingIds }) => firingIds)).toEqual([['f1'], ['f1'], ['f2', 'f3']]);
  });

  it('holds the others up for a pause only, not for its own wait', async () => {
    await open({ failingPauseMs: 60_000 });
    const id = await webhook();
    target.behave(answers(500, 500, 204));
    await desk.fire('f1', { channels: [id] });
    await requests(1);
    await expect.poll(() => statusOf(id)).toMatchObject({ status: 'failing' });
    desk.pass(5_000);
    await requests(2);
    await aWhile();
    await desk.fire('f2', { channels: [id] });
    await aWhile();
    expect(target.requests).toHaveLength(2);
    desk.pass(60_000);
    const [, , third] = await requests(3);
    expect(idsOf(third.body)).toEqual(['f2']);
    desk.pass(240_000);
    expect(idsOf((await requests(4))[3].body)).toEqual(['f1']);
  });

  it('is given up after its last try; a channel through which nothing went since is disabled', async () => {
    await open({ retrySeconds: ['1', '2'] });
    const id = await webhook();
    target.behave(() => ({ status: 500 }));
    await desk.fire('f1', { channels: [id] });
    await requests(1);
    for (const [seconds, count] of [
      [1, 2],
      [2, 3],
    ]) {
      await aWhile();
      desk.pass(seconds * 1_000);
      await requests(count);
    }
    expect(await outcomes()).toEqual(['retried', 'retried', 'failed']);
    await expect
      .poll(() => statusOf(id))
      .toEqual({ status: 'disabled', reason: 'nothing could be delivered in 3 tries: it answered 500' });
  });

  it('is given up at once where it is the message that is wrong, and the next one is sent', async () => {
    await open({ discordPaceMs: 0 });
    const id = await discord();
    target.behave(answers(400, 204));
    await desk.fire('f1', { channels: [id] });
    await requests(1);
    await desk.fire('f2', { channels: [id] });
    await requests(2);
    expect(await outcomes()).toEqual(['failed', 'delivered']);
    await expect.poll(() => statusOf(id)).toEqual({ status: 'ready', reason: null });
  });
});

describe('a target', () => {
  it('that is gone disables its channel until its owner enables it', async () => {
    await open();
    const id = await webhook();
    target.behave(() => ({ status: 410 }));
    await desk.fire('f1', { channels: [id] });
    await requests(1);
    const gone = { status: 'disabled', reason: 'the receiver says that it is gone (410)' };
    await expect.poll(() => statusOf(id)).toEqual(gone);
    await desk.fire('f2', { channels: [id] });
    desk.pass(86_400_000);
    await aWhile();
    expect(target.requests).toHaveLength(1);
    target.behave(() => ({ status: 204 }));
    await desk.channels.put(OWNER, id, { version: 1, enabled: true });
    await desk.fire('f3', { channels: [id] });
    expect(idsOf((await requests(2))[1].body)).toEqual(['f3']);
  });

  it('gets no more than its pace, and what comes meanwhile as one message', async () => {
    await open();
    const id = await discord();
    await desk.fire('f0', { channels: [id] });
    await requests(1);
    for (let i = 1; i < 5; i++) await desk.fire(`f${i}`, { channels: [id] });
    desk.pass(1_999);
    await aWhile();
    expect(target.requests).toHaveLength(1);
    desk.pass(1);
    await requests(2);
    expect((await desk.attempts()).map(({ firingIds }) => firingIds)).toEqual([
      ['f0'],
      ['f1', 'f2', 'f3', 'f4'],
    ]);
  });

  it('that may not be sent to is refused before a connection, and that is noted', async () => {
    await open({ alertTargets: [], ports: ['443', String(target.port)] });
    const id = await desk.channel({ kind: 'webhook', url: `https://hook.test:${target.port}/` });
    await desk.fire('f1', { channels: [id] });
    await expect.poll(outcomes).toEqual(['refused']);
    expect(target.connections()).toBe(0);
    const refusal = { reason: 'the address is not one of the public internet' };
    await expect.poll(() => statusOf(id)).toMatchObject(refusal);
  });

  it('of each kind gets its form', async () => {
    const host = `hook.test:${target.port}`;
    await open({ telegramUrl: `http://${host}`, ntfyServer: `http://${host}/ntfy` });
    const channels = [
      await desk.channel({ kind: 'telegram', bot_token: '123456:abcdefghij-KLM', chat_id: '-1001' }),
      await desk.channel({ kind: 'ntfy', topic: 'desk' }),
      await desk.channel({ kind: 'slack', url: hookUrl('/slack') }),
      await desk.channel({ kind: 'discord', url: hookUrl('/discord') }),
      await desk.channel({ kind: 'web_push', endpoint: hookUrl('/push'), ...PUSH_KEYS }),
    ];
    await desk.fire('f1', { channels });
    const byPath = Object.fromEntries((await requests(5)).map(({ path, ...rest }) => [path, rest]));
    expect(Object.keys(byPath).toSorted()).toEqual([
      ...['/bot123456:abcdefghij-KLM/sendMessage', '/discord', '/ntfy', '/push', '/slack'],
    ]);
    expect(byPath['/push'].headers).toMatchObject({ 'content-encoding': 'aes128gcm', ttl: '900' });
    expect(await outcomes()).toEqual(Array(5).fill('delivered'));
  });

  it('that moves is remembered where it moved', async () => {
    await open({ telegramUrl: `http://hook.test:${target.port}`, telegramPaceMs: 0 });
    const id = await desk.channel({ kind: 'telegram', bot_token: '123456:abcdefghij-KLM', chat_id: '-1' });
    target.behave(({ body }) =>
      JSON.parse(body).chat_id === '-1'
        ? { status: 400, body: '{"parameters":{"migrate_to_chat_id":-1009}}' }
        : { status: 200 },
    );
    await desk.fire('f1', { channels: [id] });
    await expect.poll(async () => (await desk.channels.get(OWNER, id)).version).toBe(2);
    await desk.fire('f2', { channels: [id] });
    await expect
      .poll(() => target.requests.map(({ body }) => JSON.parse(body).chat_id))
      .toEqual(['-1', '-1009', '-1009']);
  });
});

it('a stop lets a request end, cuts it off after half of the time, and counts no try that it cut', async () => {
  await open();
  const id = await webhook();
  target.behave(() => 'hang');
  await desk.fire('f1', { channels: [id] });
  await expect.poll(() => target.requests.length).toBe(1);
  await desk.stopDeliveries(200);
  expect(await outcomes()).toEqual([]);
  expect(await statusOf(id)).toEqual({ status: 'ready', reason: null });
  target.behave(() => ({ status: 204 }));
  await desk.start();
  await expect.poll(outcomes).toEqual(['delivered']);
  const [cut, sent] = target.requests;
  expect(sent.headers['webhook-id']).toBe(cut.headers['webhook-id']);
});

it('nothing of a target is in the store, in the log or in what is shown', async () => {
  await open({ telegramUrl: `http://hook.test:${target.port}` });
  const secrets = ['SECRETtoken1234', 'SECRETpath5678', 'SECRETtopic9012'];
  const channels = [
    await desk.channel({ kind: 'telegram', bot_token: `123456:${secrets[0]}`, chat_id: '42' }),
    await desk.channel({ kind: 'slack', url: hookUrl(`/services/${secrets[1]}`) }),
    await desk.channel({ kind: 'ntfy', server: hookUrl('/'), topic: secrets[2], token: 'tk_SECRET' }),
  ];
  target.behave(() => ({ status: 500, body: 'SECRETbody' }));
  await desk.fire('f1', { channels });
  await requests(3);
  await expect.poll(() => desk.lines.length).toBe(3);
  const shown = [
    ...(await desk.channels.list(OWNER, 'me')),
    ...(await desk.channels.deliveries(OWNER, {})).deliveries,
    ...desk.lines,
  ];
  const files = await Promise.all(['', '-wal'].map((suffix) => readFile(`${desk.file}${suffix}`, 'latin1')));
  for (const text of [JSON.stringify(shown), ...files]) {
    expect(text).not.toMatch(/SECRETtoken|SECRETpath|SECRETtopic|tk_SECRET|SECRETbody/);
  }
});
