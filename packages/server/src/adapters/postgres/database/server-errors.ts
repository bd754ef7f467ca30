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
/** A text holds a byte that the server's encoding does not have: U+0000, which no text of PostgreSQL has. */
const CHARACTER_NOT_IN_REPERTOIRE = '22021';
/** A connection was refused, for its credentials or its database too, or ended by an administrator or a crash. */
const CONNECTION_CLASSES = /^(08|28|3D|57P0[123])/;
/** No connection of the pool came free in time, nor was another opened. */
const POOL_IS_FULL = 'timeout exceeded when trying to connect';
const NOT_OPENED = 'Connection terminated due to connection timeout';

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

/** True when the connection is of no more use, or none came about. What this program does wrong is no such thing. */
export function isConnectionFailure(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== null) return CONNECTION_CLASSES.test(state);
  if (error instanceof DeltaStreamError || error instanceof TypeError || error instanceof RangeError)
    return false;
  return reasonOf(error) !== POOL_IS_FULL;
}

/** True when the time for opening a connection, or waiting for one of the pool, was over. */
export const isConnectTimeout = (error: unknown): boolean =>
  [POOL_IS_FULL, NOT_OPENED].includes(reasonOf(error));

/** What an error says; where a host has several addresses the error of all has a code and no message. */
export function saidBy(error: unknown): string {
  return reasonOf(error) || String((error as { code?: unknown }).code ?? 'no reason given');
}

export function storeFailure(place: string, cause: unknown): DeltaStreamError {
  if (sqlState(cause) === CHARACTER_NOT_IN_REPERTOIRE) {
    const message = 'a text holds the character U+0000, which cannot be stored';
    return new DeltaStreamError('invalid_request', message, { cause, permanent: true });
  }
  return new DeltaStreamError('store_failed', `${place}: ${saidBy(cause)}${remedyOf(cause)}`, { cause });
}

function remedyOf(cause: unknown): string {
  if (reasonOf(cause) === POOL_IS_FULL) return '; every connection of the pool is in use';
  const state = sqlState(cause);
  if (state === INSUFFICIENT_PRIVILEGE)
    return '; docs/postgresql.md says what the role of each service needs';
  if (state === READ_ONLY_TRANSACTION) return '; the server is a standby, or these credentials may only read';
  return '';
}
