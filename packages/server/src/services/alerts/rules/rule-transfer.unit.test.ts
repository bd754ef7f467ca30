import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createManualClock } from '../../../ports/clock.ts';
import { createRuleTransfer } from './rule-transfer.ts';
import type { RulesParts } from './rules.ts';

it('lets others have the processor between the rules of an import', async () => {
  const nothing = { rulesOf: async () => [], channelsOf: async () => [] };
  const transfer = createRuleTransfer({
    store: nothing as Pick<RulesParts['store'], 'rulesOf' | 'channelsOf'> as RulesParts['store'],
    settings: { maxRules: 200 },
    clock: createManualClock(0),
    onChanged: () => undefined,
  });
  let turns = 0;
  let isDone = false;
  const rule = { name: 'a', products: ['NIFTY'], condition: 'pcr_oi > 1.2' };
  const others = (async () => {
    for (; !isDone; turns++) await setImmediate();
  })();
  const given = { rules: Array.from({ length: 50 }, () => rule), dry_run: true };
  expect(await transfer.import({ owner: 'u1', isAdmin: false }, given)).toMatchObject({ imported: 50 });
  isDone = true;
  await others;
  expect(turns).toBeGreaterThanOrEqual(50);
});
