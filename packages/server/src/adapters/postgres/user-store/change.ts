import type { PostgresConnection } from '../database/connect.ts';

/** Runs one statement; resolves with how many rows it changed. */
export const createChange =
  ({ run }: PostgresConnection) =>
  (text: string, ...values: readonly unknown[]): Promise<number> =>
    run(async (session) => (await session.query(text, [...values])).rowCount ?? 0);
