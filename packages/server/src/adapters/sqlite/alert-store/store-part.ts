import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { inTransaction } from '../transaction.ts';

/** Methods of a port as a thread runs them: at once. */
export type AtOnce<Methods> = {
  readonly [Name in keyof Methods]: Methods[Name] extends (...args: infer Args) => Promise<infer Result>
    ? (...args: Args) => Result
    : never;
};

/** What every part of the store works with. */
export interface StorePart {
  /** A statement, prepared once. */
  sql(text: string): StatementSync;
  together<T>(work: () => T): T;
  /** The next number of a counter. Within `together`: nobody sees a later number before an earlier one. */
  next(counter: string): number;
}

export function createStorePart(database: DatabaseSync): StorePart {
  const prepared = new Map<string, StatementSync>();
  const sql = (text: string) => {
    let statement = prepared.get(text);
    if (statement === undefined) {
      statement = database.prepare(text);
      prepared.set(text, statement);
    }
    return statement;
  };
  return {
    sql,
    together: (work) => inTransaction(database, work),
    next: (counter) =>
      sql(
        `INSERT INTO counter VALUES (?, 1)
         ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value`,
      ).get(counter)?.value as number,
  };
}

/** The counter of all changes of rules. */
export const CHANGES = 'changes';
/** The counter of what fired of an owner. */
export const firingsOf = (owner: string): string => `firings ${owner}`;
