import { setImmediate } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { createManualClock } from '../../../ports/clock.ts';
import { alertRule } from '../../../ports/stores/alerts/alert-store.fixture.ts';
import { createRuleTransfer } from './rule-transfer.ts';
import { newRule, type RulesParts } from './rules.ts';
import { toRuleViews } from './views.ts';

/** What the work resolves with, and how many turns of the event loop others had meanwhile. */
async function counted<T>(work: Promise<T>): Promise<{ readonly result: T; readonly turns: number }> {
  let turns = 0;
  let isDone = false;
  const others = (async () => {
    for (; !isDone; turns++) await setImmediate();
  })();
  const result = await work;
  isDone = true;
  await others;
  return { result, turns };
}

it('lets others have the processor between the rules of an import', async () => {
  const nothing = { rulesOf: async () => [], channelsOf: async () => [] };
  const transfer = createRuleTransfer({
    store: nothing as Pick<RulesParts['store'], 'rulesOf' | 'channelsOf'> as RulesParts['store'],
    settings: { maxRules: 200 },
    clock: createManualClock(0),
    onChanged: () => undefined,
  });
  const rule = { name: 'a', products: ['NIFTY'], condition: 'pcr_oi > 1.2' };
  const given = { rules: Array.from({ length: 50 }, () => rule), dry_run: true };
  const { result, turns } = await counted(transfer.import({ owner: 'u1', isAdmin: false }, given));
  expect(result).toMatchObject({ imported: 50 });
  expect(turns).toBeGreaterThanOrEqual(50);
});

it('lets others have the processor while a page of rules is shown, once that has taken a turn', async () => {
  const { definition } = alertRule();
  const rules = Array.from({ length: 100 }, () => newRule('u1', definition, 0));
  let now = 0;
  // Whatever the machine: each rule takes longer than others should wait.
  const time = vi.spyOn(performance, 'now').mockImplementation(() => (now += 100));
  const { result, turns } = await counted(toRuleViews(rules, 0)).finally(() => time.mockRestore());
  expect(result.map(({ id }) => id)).toEqual(rules.map(({ id }) => id));
  expect(turns).toBeGreaterThanOrEqual(99);
});
