import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresConnection, Session } from '../database/connect.ts';
import { isCollision } from '../database/server-errors.ts';

/** Of one transaction, when others meet it. */
const MAX_TRIES = 8;
/** Before it is tried again: some times what a transaction takes. */
const MAX_PAUSE_MS = 20;

/** What every part of the store works with. */
export interface StorePart {
  readonly schema: string;
  /** The rows of one statement. */
  rows(text: string, ...values: readonly unknown[]): Promise<Row[]>;
  /** How many rows one statement changed. */
  change(text: string, ...values: readonly unknown[]): Promise<number>;
  /** Runs a transaction, again where it met another one, and resolves with what `work` does. */
  together<T>(work: (session: StoreSession) => Promise<T>): Promise<T>;
}

export type Row = Record<string, unknown>;

/** Statements of one transaction. */
export interface StoreSession {
  rows(text: string, ...values: readonly unknown[]): Promise<Row[]>;
  change(text: string, ...values: readonly unknown[]): Promise<number>;
  /**
   * Raises a counter by so much, and resolves with what it is then. The counter is held until the transaction ends, so
   * that nobody sees a later number before an earlier one.
   */
  raise(counter: string, by: number): Promise<number>;
  /** Holds a name until the transaction ends. */
  hold(name: string): Promise<void>;
}

export function createStorePart({ schema, run, transaction }: PostgresConnection): StorePart {
  const sessionOf = (session: Session): StoreSession => {
    const query = (text: string, values: readonly unknown[]) => session.query(text, [...values]);
    return {
      rows: async (text, ...values) => (await query(text, values)).rows,
      change: async (text, ...values) => (await query(text, values)).rowCount ?? 0,
      async raise(counter, by) {
        const text = `INSERT INTO ${schema}.counter AS held VALUES ($1, $2)
                      ON CONFLICT (name) DO UPDATE SET value = held.value + excluded.value RETURNING value`;
        return (await query(text, [counter, by])).rows[0].value;
      },
      async hold(name) {
        await query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${schema} ${name}`]);
      },
    };
  };
  return {
    schema,
    rows: (text, ...values) => run((session) => sessionOf(session).rows(text, ...values)),
    change: (text, ...values) => run((session) => sessionOf(session).change(text, ...values)),
    async together(work) {
      for (let tries = 1; ; tries++) {
        try {
          const done = Promise.withResolvers<Awaited<ReturnType<typeof work>>>();
          await transaction(async (session) => {
            done.resolve(await work(sessionOf(session)));
            return [];
          });
          return await done.promise;
        } catch (error) {
          if (tries === MAX_TRIES || !isCollision(error)) throw error;
          await sleep(Math.random() * MAX_PAUSE_MS);
        }
      }
    },
  };
}

/** The counter of all changes of rules. */
export const CHANGES = 'changes';
/** The counter of what fired of an owner. */
export const firingsOf = (owner: string): string => `firings ${owner}`;
