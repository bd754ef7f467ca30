import { AlertRulesFile } from '@deltastream/contracts';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { channel } from '../../../ports/stores/alerts/alert-store.fixture.ts';
import { ADMIN, ASHA, BEN, createRuleDesk, type RuleDesk, refusal } from './rules.fixture.ts';

let desk: RuleDesk;
beforeEach(async () => {
  desk = await createRuleDesk();
  await desk.store.createChannel(channel({ id: 'c1', owner: 'u1', name: 'Desk', kind: 'slack' }), 5);
  await desk.store.createChannel(channel({ id: 'c2', owner: 'u1', name: 'Phone', kind: 'ntfy' }), 5);
  const common = { products: ['NIFTY'], condition: 'pcr_oi > 1.2' };
  await desk.rules.create(ASHA, { ...common, name: 'a', channels: ['c1', 'c2'] });
  await desk.rules.create(ASHA, { ...common, name: 'b', enabled: false, for_seconds: 60 });
});
afterEach(() => desk.remove());

const names = async () => (await desk.rules.list(ASHA, {})).rules.map(({ rule }) => rule.name);

it('exports all rules of the caller, with the names of their channels and no more of them', async () => {
  const file = await desk.transfer.export(ASHA);
  expect(Value.Check(AlertRulesFile, file)).toBe(true);
  expect(file.rules.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(file.channels).toEqual([
    { id: 'c1', kind: 'slack', name: 'Desk' },
    { id: 'c2', kind: 'ntfy', name: 'Phone' },
  ]);
  expect(JSON.stringify(file)).not.toContain('sealed');
  expect((await desk.transfer.export(BEN)).rules).toEqual([]);
  expect(await refusal(desk.transfer.export(BEN, 'operator'))).toMatch(/^forbidden/);
});

it('imports what it exported: the same rules again', async () => {
  const file = await desk.transfer.export(ASHA);
  const result = await desk.transfer.import(ASHA, file);
  expect(result).toMatchObject({ imported: 2, dry_run: false, missing_channels: [] });
  expect(result.rules.map(({ rule }) => rule)).toEqual(file.rules);
  expect(result.rules.map(({ status }) => status)).toEqual(['armed', 'disabled']);
  expect(await names()).toEqual(['a', 'a', 'b', 'b']);
});

it('finds channels by kind and name where their ids are of another platform, and says which are missing', async () => {
  await desk.store.createChannel(channel({ id: 'x1', owner: 'u2', name: 'Desk', kind: 'slack' }), 5);
  await desk.store.createChannel(channel({ id: 'x2', owner: 'u2', name: 'Phone', kind: 'webhook' }), 5);
  const file = await desk.transfer.export(ASHA);
  const result = await desk.transfer.import(BEN, file);
  expect(result.rules[0].rule.channels).toEqual(['x1']);
  expect(result.missing_channels).toEqual([{ rule: 'a', channel: 'Phone' }]);
  const unnamed = await desk.transfer.import(BEN, { rules: file.rules });
  expect(unnamed.missing_channels.map((each) => each.channel)).toEqual(['c1', 'c2']);
});

it('takes none of them where one cannot be kept, and names it', async () => {
  const { rules } = await desk.transfer.export(ASHA);
  const bad = [...rules, { ...rules[0], condition: 'pcr_io > 1.2' }];
  expect(await refusal(desk.transfer.import(ASHA, { rules: bad }))).toMatch(
    /^invalid_condition: rules\[2\]\.condition, character 1: there is no figure pcr_io/,
  );
  const many = [...rules, ...rules];
  expect(await refusal(desk.transfer.import(ASHA, { rules: many }))).toMatch(/^limit_reached/);
  const log = { rules: [{ ...rules[0], subject: 'log', condition: 'value > 1.0' } as const] };
  expect(await refusal(desk.transfer.import(ASHA, log))).toMatch(/^invalid_request: rules\[0\]\.subject/);
  expect(await refusal(desk.transfer.import(ADMIN, { ...log, owner: 'operator' }))).toBeNull();
  expect(await names()).toEqual(['a', 'b']);
});

it('checks all of it and adds nothing in a dry run', async () => {
  const { rules } = await desk.transfer.export(ASHA);
  const { changes } = desk.told;
  expect(await desk.transfer.import(ASHA, { rules, dry_run: true })).toEqual({
    ...{ imported: 2, dry_run: true, rules: [], missing_channels: [] },
  });
  const many = { rules: [...rules, ...rules], dry_run: true };
  expect(await refusal(desk.transfer.import(ASHA, many))).toMatch(/^limit_reached/);
  expect(await names()).toEqual(['a', 'b']);
  expect(desk.told.changes).toBe(changes);
});
