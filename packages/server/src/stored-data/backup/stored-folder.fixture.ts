import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSqliteAlertStore } from '../../adapters/sqlite/alert-store/alert-store-sqlite.ts';
import { createSqliteMarketStore } from '../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { createSqliteUserStore } from '../../adapters/sqlite/user-store/user-store-sqlite.ts';
import { alertRule } from '../../ports/stores/alerts/alert-store.fixture.ts';
import { barAt, NOON, storableChain, tickAt } from '../../ports/stores/market/market-store.fixture.ts';
import { DAY_MS } from '../../ports/stores/market/market-store-stand.fixture.ts';

/** Files are as old as a backup needs to tell that nothing changed since. */
export const LATER_MS = 60_000;

export const chainOfDay = (day: number, seq: number) =>
  storableChain({ seq, timestamp: NOON + day * DAY_MS + seq });

/** A data folder with accounts, rules of alerts, a key and a dataset of two days, closed. */
export async function fillDataFolder(data: string): Promise<void> {
  const market = await createSqliteMarketStore({ folder: join(data, 'recorded') });
  await market.putSnapshots([0, 1].flatMap((day) => [1, 2, 3].map((seq) => chainOfDay(day, seq))));
  await market.putTicks([tickAt(NOON, { price: 10 })], [barAt(NOON, 10)]);
  await market.close();
  const users = await createSqliteUserStore({ file: join(data, 'users.db') });
  await users.close();
  const alerts = await createSqliteAlertStore({ file: join(data, 'alerts.db') });
  await alerts.createRules([alertRule()], 1);
  await alerts.close();
  writeFileSync(join(data, 'auth-key.json'), '{"secret":true}', { mode: 0o600 });
}
