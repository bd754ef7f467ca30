import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteAlertStore } from '../../../adapters/sqlite/alert-store/alert-store-sqlite.ts';
import { createManualClock } from '../../../ports/clock.ts';
import { createRuleTransfer } from './rule-transfer.ts';
import { createRules } from './rules.ts';

export const ASHA = { owner: 'u1', isAdmin: false } as const;
export const BEN = { owner: 'u2', isAdmin: false } as const;
export const ADMIN = { owner: 'u3', isAdmin: true } as const;
export const NOON = Date.UTC(2026, 7, 19, 12);

/** Rules on a store of their own; time stands still until it is set. */
export async function createRuleDesk(maxRules = 5) {
  const folder = await mkdtemp(join(tmpdir(), 'alert-rules-'));
  const store = await createSqliteAlertStore({ file: join(folder, 'alerts.db') });
  const clock = createManualClock(NOON);
  const told = { changes: 0 };
  const parts = { store, settings: { maxRules }, clock, onChanged: () => void told.changes++ };
  return {
    ...{ store, clock, told, parts, rules: createRules(parts), transfer: createRuleTransfer(parts) },
    async remove() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

export type RuleDesk = Awaited<ReturnType<typeof createRuleDesk>>;

/** The code and text of what a piece of work fails with. */
export const refusal = (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
  );
