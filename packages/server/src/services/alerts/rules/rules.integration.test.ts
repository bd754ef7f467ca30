import type { AlertRuleDraft } from '@deltastream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { batch, channel, firing, leased } from '../../../ports/stores/alerts/alert-store.fixture.ts';
import { listFirings } from './firings.ts';
import { ADMIN, ASHA, BEN, createRuleDesk, NOON, type RuleDesk, refusal } from './rules.fixture.ts';

let desk: RuleDesk;
beforeEach(async () => {
  desk = await createRuleDesk();
});
afterEach(() => desk.remove());

const DRAFT: AlertRuleDraft = { name: 'PCR high', products: ['NIFTY'], condition: 'pcr_oi > 1.2' };
const create = (fields: Partial<AlertRuleDraft> = {}) => desk.rules.create(ASHA, { ...DRAFT, ...fields });

describe('a rule', () => {
  it('is shown complete, with its defaults and the figures that it names', async () => {
    const made = await create({ clear_condition: 'pcr_oi < 1.0 && iv_rank < 50.0' });
    expect(made).toMatchObject({
      ...{ owner: 'me', version: 1, status: 'armed', problem: null, firings: 0, last_fired_at: null },
      created_at: new Date(NOON).toISOString(),
      figures: ['pcr_oi', 'iv_rank'],
      rule: { ...DRAFT, subject: 'market', repeat: 'repeat', enabled: true },
    });
    expect(await desk.rules.get(ASHA, made.id)).toEqual(made);
    expect(desk.told.changes).toBe(1);
  });

  it('is not there for others, administrators included', async () => {
    const { id } = await create();
    for (const other of [BEN, ADMIN]) {
      const { rules } = desk;
      for (const work of [
        rules.get(other, id),
        rules.put(other, id, 1, DRAFT),
        rules.enable(other, id, false),
        rules.mute(other, id, null),
        rules.duplicate(other, id),
        rules.remove(other, id),
      ]) {
        expect(await refusal(work)).toBe(`not_found: id: there is no rule ${id}`);
      }
      expect((await rules.list(other, {})).rules).toEqual([]);
    }
    expect((await desk.rules.get(ASHA, id)).version).toBe(1);
  });

  it('is refused with what is wrong and where', async () => {
    const refused = (fields: Partial<AlertRuleDraft>) => refusal(create(fields));
    expect(await refused({ condition: 'iv_rank > 50.0 && pcr_io > 1.2' })).toBe(
      'invalid_condition: rule.condition, character 19: there is no figure pcr_io; did you mean pcr_oi?',
    );
    expect(await refused({ clear_condition: 'pcr_oi' })).toMatch(
      /^invalid_condition: rule\.clear_condition, character 1: a condition is true or false/,
    );
    expect(await refused({ message: 'PCR is {pcr}' })).toMatch(
      /^invalid_request: rule\.message, character 8: |^invalid_request: rule\.message: character 8: \{pcr\}/,
    );
    expect(await refused({ channels: ['c1'] })).toBe(
      'invalid_request: rule.channels: the owner of the rule has no channel c1',
    );
    expect(await refused({ expires_at: '1969-01-01T00:00:00Z' })).toMatch(
      /^invalid_request: rule\.expires_at: /,
    );
    expect((await desk.rules.list(ASHA, {})).rules).toEqual([]);
    expect(desk.told.changes).toBe(0);
  });

  it('names channels of its owner only', async () => {
    await desk.store.createChannel(channel({ id: 'c1', owner: 'u1' }), 5);
    await desk.store.createChannel(channel({ id: 'c2', owner: 'u2' }), 5);
    const { id } = await create({ channels: ['c1'] });
    expect(await refusal(desk.rules.put(ASHA, id, 1, { ...DRAFT, channels: ['c2'] }))).toMatch(
      /no channel c2/,
    );
    // One that names a channel that was removed is enabled all the same.
    await desk.store.removeChannel('u1', 'c1');
    await desk.rules.enable(ASHA, id, false);
    expect(await desk.rules.enable(ASHA, id, true)).toMatchObject({ status: 'armed' });
  });

  it('is one of a few, also among those that come at the same time', async () => {
    const tries = await Promise.all(Array.from({ length: 8 }, () => refusal(create())));
    expect(tries.filter((each) => each === null)).toHaveLength(5);
    expect(tries.filter((each) => each !== null)[0]).toBe('limit_reached: an account may have 5 rules');
    const [{ id }] = (await desk.rules.list(ASHA, {})).rules;
    expect(await refusal(desk.rules.duplicate(ASHA, id))).toMatch(/^limit_reached/);
    await desk.rules.remove(ASHA, id);
    expect(await refusal(desk.rules.remove(ASHA, id))).toMatch(/^not_found/);
    expect(await refusal(create())).toBeNull();
    expect(await refusal(desk.rules.create(BEN, DRAFT))).toBeNull();
  });

  it("about the platform or its log is the platform's own, which administrators share", async () => {
    const about: AlertRuleDraft = { ...DRAFT, subject: 'platform', condition: 'dead_letters > 0.0' };
    expect(await refusal(desk.rules.create(ASHA, about))).toMatch(
      /^invalid_request: rule\.subject: .*operator/,
    );
    expect(await refusal(desk.rules.create(ASHA, about, 'operator'))).toMatch(/^forbidden/);
    expect(await refusal(desk.rules.create(ADMIN, about))).toMatch(/^invalid_request: rule\.subject/);
    const made = await desk.rules.create(ADMIN, about, 'operator');
    expect(made.owner).toBe('operator');
    const colleague = { owner: 'u4', isAdmin: true };
    expect(await desk.rules.get(colleague, made.id)).toEqual(made);
    expect((await desk.rules.list(colleague, { owner: 'operator' })).rules).toEqual([made]);
    expect((await desk.rules.list(colleague, {})).rules).toEqual([]);
    expect(await refusal(desk.rules.get(ASHA, made.id))).toMatch(/^not_found/);
    expect(await refusal(desk.rules.list(ASHA, { owner: 'operator' }))).toMatch(/^forbidden/);
    const own = await create();
    expect(await refusal(desk.rules.put(ASHA, own.id, 1, about))).toMatch(/^invalid_request: rule\.subject/);
  });
});

describe('a change', () => {
  it('is made of the version that was read, and begins the rule anew', async () => {
    const { id } = await create({ repeat: 'once' });
    const lease = await leased(desk.store);
    await desk.store.commit(lease, batch({ firings: [firing('f1', { ruleId: id, once: true })] }));
    expect(await desk.rules.get(ASHA, id)).toMatchObject({ status: 'fired', version: 1, firings: 1 });
    desk.clock.set(NOON + 1_000);
    expect(await refusal(desk.rules.put(ASHA, id, 2, DRAFT))).toMatch(/^version_conflict: version: /);
    const changed = await desk.rules.put(ASHA, id, 1, { ...DRAFT, name: 'Other' });
    expect(changed).toMatchObject({
      version: 2,
      status: 'armed',
      firings: 1,
      rule: { name: 'Other', repeat: 'repeat' },
    });
    expect(changed.updated_at).toBe(new Date(NOON + 1_000).toISOString());
    expect(changed).toEqual(await desk.rules.get(ASHA, id));
    expect(await refusal(desk.rules.put(ASHA, id, 1, DRAFT))).toMatch(/^version_conflict/);
  });

  it('enables and disables, and arms again what has fired', async () => {
    const { id } = await create({ repeat: 'once' });
    expect(await desk.rules.enable(ASHA, id, true)).toMatchObject({ version: 1 });
    expect(await desk.rules.enable(ASHA, id, false)).toMatchObject({ version: 2, status: 'disabled' });
    expect(await desk.rules.enable(ASHA, id, true)).toMatchObject({ version: 3, status: 'armed' });
    const lease = await leased(desk.store);
    const fired = firing('f1', { ruleId: id, ruleVersion: 3, once: true });
    await desk.store.commit(lease, batch({ firings: [fired] }));
    expect(await desk.rules.enable(ASHA, id, true)).toMatchObject({ version: 4, status: 'armed' });
    const both = await Promise.all([true, false, true].map((on) => desk.rules.enable(ASHA, id, on)));
    expect(both).toHaveLength(3);
  });

  it('mutes without beginning anew', async () => {
    const { id } = await create();
    const until = '2026-08-19T17:00:00+05:30';
    const muted = await desk.rules.mute(ASHA, id, until);
    expect(muted).toMatchObject({ version: 1, rule: { muted_until: '2026-08-19T11:30:00.000Z' } });
    expect((await desk.rules.mute(ASHA, id, null)).rule.muted_until).toBeNull();
  });

  it('copies a rule as one that is disabled and deliveries of which are not muted', async () => {
    const name = 'n'.repeat(99);
    const { id } = await create({ name, muted_until: '2027-01-01T00:00:00Z', cooldown_seconds: 60 });
    const copy = await desk.rules.duplicate(ASHA, id);
    expect(copy).toMatchObject({
      ...{ version: 1, status: 'disabled', firings: 0 },
      rule: { name: `${'n'.repeat(93)} (copy)`, enabled: false, muted_until: null, cooldown_seconds: 60 },
    });
    expect(copy.id).not.toBe(id);
  });
});

it('says that a rule has expired when its time is over, whoever has noted it', async () => {
  const { id } = await create({ expires_at: '2026-08-19T12:00:01Z' });
  expect((await desk.rules.get(ASHA, id)).status).toBe('armed');
  desk.clock.set(NOON + 1_000);
  expect((await desk.rules.get(ASHA, id)).status).toBe('expired');
  expect((await create({ expires_at: '2026-08-19T12:00:00Z' })).status).toBe('expired');
});

it('lists rules by name, page by page, and refuses a cursor that it did not give', async () => {
  for (const name of ['b', 'a', 'ü'.repeat(100)]) await create({ name });
  const first = await desk.rules.list(ASHA, { limit: 1 });
  expect(first.rules.map(({ rule }) => rule.name)).toEqual(['a']);
  const second = await desk.rules.list(ASHA, { limit: 1, cursor: first.next_cursor ?? undefined });
  expect(second.rules.map(({ rule }) => rule.name)).toEqual(['b']);
  const third = await desk.rules.list(ASHA, { limit: 1, cursor: second.next_cursor ?? undefined });
  expect(third.rules.map(({ rule }) => rule.name)).toEqual(['ü'.repeat(100)]);
  expect(third.next_cursor).toBeNull();
  for (const cursor of ['', 'x', 'bnVsbA', Buffer.from('["a"]').toString('base64url')]) {
    expect(await refusal(desk.rules.list(ASHA, { cursor }))).toMatch(/^invalid_request: cursor/);
  }
});

it('lists what fired, newest first, page by page', async () => {
  const { id } = await create();
  const lease = await leased(desk.store);
  const firings = [1, 2, 3].map((n) => firing(`f${n}`, { ruleId: id, at: NOON + n, owner: 'u1' }));
  await desk.store.commit(lease, batch({ firings }));
  const first = await listFirings(desk.store, ASHA, { limit: 2 });
  expect(first.firings.map((each) => [each.id, each.seq, each.at])).toEqual([
    ['f3', 3, new Date(NOON + 3).toISOString()],
    ['f2', 2, new Date(NOON + 2).toISOString()],
  ]);
  const rest = await listFirings(desk.store, ASHA, { limit: 2, cursor: first.next_cursor ?? undefined });
  expect(rest.firings.map((each) => each.id)).toEqual(['f1']);
  expect(rest.next_cursor).toBeNull();
  const from = new Date(NOON + 2).toISOString();
  expect(
    (await listFirings(desk.store, ASHA, { from, to: new Date(NOON + 3).toISOString() })).firings,
  ).toHaveLength(1);
  expect((await listFirings(desk.store, BEN, {})).firings).toEqual([]);
  expect(await refusal(listFirings(desk.store, ASHA, { cursor: 'eA' }))).toMatch(/^invalid_request: cursor/);
  expect(await refusal(listFirings(desk.store, ASHA, { from, to: '2026-01-01T00:00:00Z' }))).toMatch(
    /^invalid_request: to/,
  );
});
