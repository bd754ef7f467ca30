import { DatabaseError } from 'pg';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';

/** SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNIQUE_VIOLATION = '23505';
/** Among others: no partition takes the row. */
const CHECK_VIOLATION = '23514';
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const INSUFFICIENT_PRIVILEGE = '42501';
const READ_ONLY_TRANSACTION = '25006';
/** A connection was refused, or ended by an administrator, a restart or a crash. */
const CONNECTION_CLASSES = /^(08|57P0[123])/;
const POOL_IS_FULL = 'timeout exceeded when trying to connect';

/** The SQLSTATE of what the server said; null for anything else. */
const sqlState = (error: unknown): string | null =>
  error instanceof DatabaseError ? (error.code ?? null) : null;

/** The constraint that a row violates. */
export const violated = (error: unknown): string | null =>
  sqlState(error) === UNIQUE_VIOLATION ? ((error as DatabaseError).constraint ?? null) : null;

/** True when the transaction met another one and is to be run again. */
export function isCollision(error: unknown): boolean {
  const state = sqlState(error instanceof DeltaStreamError ? error.cause : error);
  return (
    state !== null && [UNIQUE_VIOLATION, CHECK_VIOLATION, SERIALIZATION_FAILURE, DEADLOCK].includes(state)
  );
}

/** True when the connection is of no more use, or none came about. */
export function isConnectionFailure(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== null) return CONNECTION_CLASSES.test(state);
  return !(error instanceof DeltaStreamError) && reasonOf(error) !== POOL_IS_FULL;
}

export function storeFailure(place: string, cause: unknown): DeltaStreamError {
  return new DeltaStreamError('store_failed', `${place}: ${reasonOf(cause)}${remedyOf(cause)}`, { cause });
}

function remedyOf(cause: unknown): string {
  if (reasonOf(cause) === POOL_IS_FULL) return '; every connection of the pool is in use';
  const state = sqlState(cause);
  if (state === INSUFFICIENT_PRIVILEGE)
    return '; docs/postgresql.md says what the role of each service needs';
  if (state === READ_ONLY_TRANSACTION) return '; the server is a standby, or these credentials may only read';
  return '';
}
