import { basename } from 'node:path';
import { createOpenedFile } from '../../../kit/files/opened-file.ts';
import { isCorrupt } from '../../../kit/files/sqlite-errors.ts';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import { SUSPENDED, suspendedName, toSuspended } from '../../alerts/suspended-owners.ts';
import type { Failure } from '../handle-requests.ts';
import { openDatabase } from '../open-database.ts';
import { createChannelMethods } from './channel-methods.ts';
import { createDeliveryMethods } from './delivery-methods.ts';
import { createEvaluationMethods } from './evaluation-methods.ts';
import { createFiringMethods } from './firing-methods.ts';
import { createRuleMethods } from './rule-methods.ts';
import { ALERTS_SCHEMA } from './schema.ts';
import { type AtOnce, CHANGES, createStorePart, firingsOf, type StorePart } from './store-part.ts';

/** What is asked of the thread: a method of the port. */
export interface Call {
  readonly method: keyof AlertMethods;
  readonly args: readonly unknown[];
}
type AlertMethods = Omit<AlertStore, 'close'>;

/** The alert store on the thread that calls. Throws when the file cannot be opened. */
export function openAlertDatabase(file: string, busyTimeoutMs: number) {
  const database = openDatabase({
    file,
    schema: ALERTS_SCHEMA,
    synchronous: 'FULL',
    busyTimeoutMs,
    isPrivate: true,
  });
  const opened = createOpenedFile(file);
  const part = createStorePart(database);
  const methods: AtOnce<AlertMethods> = {
    ...createRuleMethods(part),
    ...createChannelMethods(part),
    ...createEvaluationMethods(part),
    ...createFiringMethods(part),
    ...createDeliveryMethods(part),
    ...createUpkeepMethods(part),
  };
  return {
    handle(request: unknown): unknown {
      const gone = opened.problem();
      if (gone !== null) throw new Error(gone);
      const { method, args } = request as Call;
      return (methods[method] as (...given: readonly unknown[]) => unknown)(...args);
    },
    failureOf(error: unknown): Failure {
      const said = error instanceof Error ? error.message : String(error);
      return isCorrupt(error)
        ? {
            code: 'stored_data_damaged',
            reason: `${basename(file)}: ${said}; restore it from a backup, or move it away to begin without rules`,
          }
        : { code: 'store_failed', reason: `the alert store: ${said}` };
    },
    close(): void {
      database.close();
    },
  };
}

type UpkeepMethods = Pick<
  AlertStore,
  'keep' | 'removeOwner' | 'ownersAfter' | 'suspendOwner' | 'suspendedOwners' | 'removeBefore'
>;

/** What concerns more than one part. */
function createUpkeepMethods({ sql, together, next }: StorePart): AtOnce<UpkeepMethods> {
  const removeWhatIsLeft = () => {
    sql('DELETE FROM delivery WHERE firing_id NOT IN (SELECT id FROM firing)').run();
    sql(
      'DELETE FROM message WHERE id NOT IN (SELECT message_id FROM delivery WHERE message_id IS NOT NULL)',
    ).run();
    sql('DELETE FROM attempt_firing WHERE attempt_id NOT IN (SELECT id FROM attempt)').run();
  };
  return {
    keep: (name, text) =>
      together(() => {
        sql('INSERT INTO kept VALUES (?, ?) ON CONFLICT DO NOTHING').run(name, text);
        return sql('SELECT text FROM kept WHERE name = ?').get(name)?.text as string;
      }),
    removeOwner: (owner, nowMs) =>
      together(() => {
        for (const { id } of sql('SELECT id FROM rule WHERE owner = ?').all(owner)) {
          sql('DELETE FROM memory WHERE rule_id = ?').run(id as string);
          sql('INSERT OR REPLACE INTO removed_rule VALUES (?, ?, ?)').run(id as string, next(CHANGES), nowMs);
        }
        sql('DELETE FROM delivery WHERE channel_id IN (SELECT id FROM channel WHERE owner = ?)').run(owner);
        for (const table of ['rule', 'channel', 'firing', 'attempt']) {
          sql(`DELETE FROM ${table} WHERE owner = ?`).run(owner);
        }
        sql('DELETE FROM counter WHERE name = ?').run(firingsOf(owner));
        sql('DELETE FROM kept WHERE name = ?').run(suspendedName(owner));
        removeWhatIsLeft();
      }),
    ownersAfter: (owner, limit) =>
      sql(
        `SELECT owner FROM rule WHERE owner > :owner UNION SELECT owner FROM channel WHERE owner > :owner
         ORDER BY owner LIMIT :limit`,
      )
        .all({ owner, limit })
        .map((row) => row.owner as string),
    suspendOwner(owner, sinceMs) {
      const name = suspendedName(owner);
      if (sinceMs === null) sql('DELETE FROM kept WHERE name = ?').run(name);
      else sql('INSERT INTO kept VALUES (?, ?) ON CONFLICT DO NOTHING').run(name, String(sinceMs));
    },
    suspendedOwners: () =>
      sql('SELECT name, text FROM kept WHERE name GLOB ?')
        .all(`${SUSPENDED}*`)
        .map(({ name, text }) => toSuspended(name as string, text as string)),
    removeBefore: (ms, most) =>
      together(() => {
        const firings = sql('DELETE FROM firing WHERE kept_at < ?').run(ms).changes;
        const above = sql(
          `DELETE FROM firing
           WHERE seq <= (SELECT max(seq) FROM firing AS own WHERE own.owner = firing.owner) - ?`,
        ).run(most).changes;
        const attempts = sql('DELETE FROM attempt WHERE at < ?').run(ms).changes;
        sql('DELETE FROM removed_rule WHERE at < ?').run(ms);
        removeWhatIsLeft();
        return Number(firings) + Number(above) + Number(attempts);
      }),
  };
}
