import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDesk, type Desk, OWNER } from '../delivery/desk.fixture.ts';
import { startTarget, type Target } from '../delivery/target-requests/target.fixture.ts';

let target: Target;
let desk: Desk;
beforeEach(async () => {
  target = await startTarget(() => ({ status: 204 }));
  desk = await createDesk({ alertTargets: [`hook.test:${target.port}`], maxChannels: 3, testsPerMinute: 3 });
});
afterEach(async () => {
  await desk.remove();
  await target.stop();
});

const OTHER = { owner: 'u2', isAdmin: false } as const;
const ADMIN = { owner: 'u3', isAdmin: true } as const;
const hook = (path = '/hook') =>
  ({ kind: 'webhook', url: `http://hook.test:${target.port}${path}` }) as const;
const create = (name = 'Desk') => desk.channels.create(OWNER, { name, target: hook() });
const code = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: { code: string }) => error.code,
  );

describe('a channel', () => {
  it('is shown with what may be shown of it, and its secret once', async () => {
    const { channel, signing_secret } = await create();
    expect(signing_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(channel).toEqual({
      id: expect.stringMatching(/^[\w-]{36}$/),
      ...{ version: 1, owner: 'me', name: 'Desk', kind: 'webhook', target: `hook.test:${target.port}` },
      ...{ status: 'ready', reason: null, last_delivered_at: null },
      created_at: new Date(desk.clock.now()).toISOString(),
    });
    expect(await desk.channels.get(OWNER, channel.id)).toEqual(channel);
    expect(await desk.channels.list(OWNER, undefined)).toEqual([channel]);
    const ntfy = await desk.channels.create(OWNER, {
      name: 'Phone',
      target: { kind: 'ntfy', topic: 'desk' },
    });
    expect(ntfy.signing_secret).toBeNull();
  });

  it('is not there for others, administrators included', async () => {
    const { channel } = await create();
    for (const caller of [OTHER, ADMIN]) {
      const { id } = channel;
      expect(await code(desk.channels.get(caller, id))).toBe('not_found');
      expect(await code(desk.channels.put(caller, id, { version: 1, enabled: false }))).toBe('not_found');
      expect(await code(desk.channels.remove(caller, id))).toBe('not_found');
      expect(await code(desk.channels.test(caller, id))).toBe('not_found');
      expect(await desk.channels.list(caller, 'me')).toEqual([]);
    }
    expect(target.connections()).toBe(0);
  });

  it('of the platform is shared by its administrators', async () => {
    const given = { name: 'Ops', target: hook(), owner: 'operator' } as const;
    expect(await code(desk.channels.create(OWNER, given))).toBe('forbidden');
    const { channel } = await desk.channels.create(ADMIN, given);
    expect(channel.owner).toBe('operator');
    const colleague = { owner: 'u4', isAdmin: true };
    expect(await desk.channels.get(colleague, channel.id)).toEqual(channel);
    expect(await desk.channels.list(colleague, 'operator')).toEqual([channel]);
    expect(await desk.channels.list(colleague, 'me')).toEqual([]);
    expect(await code(desk.channels.get(OWNER, channel.id))).toBe('not_found');
    expect(await code(desk.channels.list(OWNER, 'operator'))).toBe('forbidden');
  });

  it('is one of a few', async () => {
    for (let i = 0; i < 3; i++) await create(`no. ${i}`);
    expect(await code(create())).toBe('limit_reached');
    const [first] = await desk.channels.list(OWNER, 'me');
    await desk.channels.remove(OWNER, first.id);
    expect(await code(desk.channels.remove(OWNER, first.id))).toBe('not_found');
    expect(await code(create())).toBeNull();
  });

  it('is not made for a target that alerts may not go to', async () => {
    const given = { name: 'x', target: { kind: 'webhook', url: 'https://10.0.0.1/' } } as const;
    expect(await code(desk.channels.create(OWNER, given))).toBe('invalid_request');
    expect(await desk.channels.list(OWNER, 'me')).toEqual([]);
  });
});

describe('a change', () => {
  it('leaves what it does not name, and is refused on another version', async () => {
    const { channel } = await create();
    const renamed = await desk.channels.put(OWNER, channel.id, { version: 1, name: 'Other' });
    expect(renamed).toEqual({ channel: { ...channel, version: 2, name: 'Other' }, signing_secret: null });
    expect(await code(desk.channels.put(OWNER, channel.id, { version: 1, name: 'Third' }))).toBe(
      'version_conflict',
    );
    const off = await desk.channels.put(OWNER, channel.id, { version: 2, enabled: false });
    expect(off.channel).toMatchObject({ status: 'disabled', reason: 'by its owner' });
    const still = await desk.channels.put(OWNER, channel.id, { version: 3, name: 'Still off' });
    expect(still.channel).toMatchObject({ status: 'disabled', reason: 'by its owner' });
    const on = await desk.channels.put(OWNER, channel.id, { version: 4, enabled: true });
    expect(on.channel).toMatchObject({ status: 'ready', reason: null });
  });

  it('keeps the secret with another target, and its kind', async () => {
    const { channel, signing_secret } = await create();
    const moved = await desk.channels.put(OWNER, channel.id, { version: 1, target: hook('/other') });
    expect(moved.signing_secret).toBeNull();
    await desk.channels.test(OWNER, channel.id);
    const [{ path, body, headers }] = target.requests;
    expect(path).toBe('/other');
    new Webhook(signing_secret as string).verify(body, headers as Record<string, string>);
    const ntfy = { version: 2, target: { kind: 'ntfy', topic: 'x' } } as const;
    expect(await code(desk.channels.put(OWNER, channel.id, ntfy))).toBe('invalid_request');
    const inside = { version: 2, target: { kind: 'webhook', url: 'https://[::1]/' } } as const;
    expect(await code(desk.channels.put(OWNER, channel.id, inside))).toBe('invalid_request');
  });

  it('of the secret lets the former one hold for a day', async () => {
    const { channel, signing_secret: former } = await create();
    const { signing_secret: made } = await desk.channels.put(OWNER, channel.id, {
      version: 1,
      rotate_secret: true,
    });
    expect(made).not.toBe(former);
    await desk.channels.test(OWNER, channel.id);
    const { body, headers } = target.requests[0];
    for (const secret of [former, made]) {
      new Webhook(secret as string).verify(body, headers as Record<string, string>);
    }
    desk.pass(86_400_000);
    await desk.channels.test(OWNER, channel.id);
    expect(target.requests[1].headers['webhook-signature']).not.toContain(' ');
    const phone = await desk.channels.create(OWNER, {
      name: 'Phone',
      target: { kind: 'ntfy', topic: 'desk' },
    });
    const rotated = desk.channels.put(OWNER, phone.channel.id, { version: 1, rotate_secret: true });
    expect(await code(rotated)).toBe('invalid_request');
  });
});

describe('the test button', () => {
  it('says what came of one try, which is listed', async () => {
    const { channel } = await create();
    const sent = await desk.channels.test(OWNER, channel.id);
    expect(sent).toMatchObject({ test: true, attempt: 1, outcome: 'delivered', status: 204, reason: null });
    expect(JSON.parse(target.requests[0].body)).toMatchObject({ type: 'alert.test' });
    target.behave(() => ({ status: 500, body: 'a secret of the target' }));
    const failed = await desk.channels.test(OWNER, channel.id);
    expect(failed).toMatchObject({
      outcome: 'failed',
      status: 500,
      reason: 'it answered 500',
      firing_ids: [],
    });
    expect(JSON.stringify(failed)).not.toContain('a secret');
    expect((await desk.channels.deliveries(OWNER, {})).deliveries).toEqual([failed, sent]);
    expect(await desk.channels.get(OWNER, channel.id)).toMatchObject({ status: 'ready' });
  });

  it('may be pressed so often in a minute', async () => {
    const { channel } = await create();
    for (let i = 0; i < 3; i++) await desk.channels.test(OWNER, channel.id);
    expect(await code(desk.channels.test(OWNER, channel.id))).toBe('too_many_requests');
    expect(target.requests).toHaveLength(3);
  });
});

it('deliveries come in pages, newest first, by channel and firing', async () => {
  const [one, two] = [await create('One'), await create('Two')].map(({ channel }) => channel.id);
  for (let i = 0; i < 3; i++) {
    await desk.fire(`f${i}`, { channels: [one, two] });
    await expect.poll(async () => (await desk.attempts()).length).toBe(2 * i + 2);
    desk.pass(1_000);
  }
  const all = (await desk.channels.deliveries(OWNER, {})).deliveries;
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await desk.channels.deliveries(OWNER, { limit: 2, cursor });
    ids.push(...page.deliveries.map(({ id }) => id));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  expect(ids).toEqual(all.map(({ id }) => id));
  expect(ids).toHaveLength(6);
  const ofOne = await desk.channels.deliveries(OWNER, { channel_id: one });
  expect(ofOne.deliveries.map(({ firing_ids }) => firing_ids)).toEqual([['f2'], ['f1'], ['f0']]);
  expect((await desk.channels.deliveries(OWNER, { firing_id: 'f1' })).deliveries).toHaveLength(2);
  expect((await desk.channels.deliveries(OTHER, {})).deliveries).toEqual([]);
  for (const bad of ['x', 'AAAA', Buffer.from('1 a b').toString('base64url')]) {
    expect(await code(desk.channels.deliveries(OWNER, { cursor: bad }))).toBe('invalid_request');
  }
});

it('the push key is a point of P-256', () => {
  const point = Buffer.from(desk.channels.pushKey(), 'base64url');
  expect([point.length, point[0]]).toEqual([65, 4]);
});
