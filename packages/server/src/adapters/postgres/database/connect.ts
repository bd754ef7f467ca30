import { Client, Pool, type PoolClient, type PoolConfig, types } from 'pg';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { withDefaults } from '../../../kit/settings-fragment.ts';
import { allDone } from '../../all-done.ts';
import { POSTGRES, type PostgresSettings } from '../settings.ts';
import { instantOf } from './instants.ts';
import { createOutage } from './outage.ts';
import { readServerAddress, type ServerAddress } from './server-address.ts';
import { isConnectionFailure, isConnectTimeout, saidBy, storeFailure } from './server-errors.ts';

export interface PostgresOptions extends Partial<PostgresSettings> {
  /** postgres://, see server-address.ts. */
  readonly url: string;
  /** The schema of the tables, unless that of the store by default. */
  readonly schema?: string;
  readonly logger?: Logger;
}

/** Begins a transaction; what is written here relies on this isolation, whatever the server or role has by default. */
export const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED';

/** Statements of one connection are sent without waiting for those before, and answered in order. */
export type Session = Pick<PoolClient, 'query'>;

export interface PostgresConnection {
  /** The schema as it is written in SQL. */
  readonly schema: string;
  /** For people to read: host, port and schema. */
  readonly place: string;
  /** Runs statements on one connection; what the server says becomes `store_failed`, and `stopped` once closed. */
  run<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /**
   * Runs a transaction. The statements that `work` resolves with are sent together with the commit; it resolves when
   * all are done, so that what was put is durable. Of statements that `work` sends side by side it must have awaited
   * all when it rejects (`allDone`): one that comes later would run outside the transaction.
   */
  transaction(work: (session: Session) => Promise<readonly Promise<unknown>[]>): Promise<void>;
  /** Runs statements that may take long, on a connection of their own, which ends, and rejects, when the signal aborts. */
  maintain<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** What is wrong with the server now, and since when; null when nothing is known. */
  problem(): string | null;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Releases since which partitions can be detached while they are read. */
const OLDEST_SERVER = 140_000;
const NO_TLS = 'The server does not support SSL connections';

/**
 * Connects. Rejects with `store_failed` naming host and port, or with `invalid_setting`; no message holds the
 * credentials of the URL. `readOnly`: the server refuses every write of these connections.
 */
export async function connectPostgres(
  options: PostgresOptions,
  defaultSchema: string,
  { readOnly = false } = {},
): Promise<PostgresConnection> {
  const settings = withDefaults(POSTGRES.defaults, options);
  const address = readServerAddress(options.url);
  const name = options.schema ?? defaultSchema;
  const place = `PostgreSQL at ${address.host}:${address.port}, schema ${name}`;
  let config = configOf(address, settings, readOnly);
  let closing: Promise<void> | null = null;

  const createPool = (): Pool => {
    const made = new Pool(config);
    // A connection that nobody uses has ended: the next operation opens another, or says what is wrong.
    made.on('error', (error) => {
      if (isConnectionFailure(error)) outage.begin(saidBy(error));
    });
    return made;
  };
  /** Works on a connection of the pool, and gives it back. */
  const onClient = async <T>(connecting: Promise<PoolClient>, work: (session: Session) => Promise<T>) => {
    const client = await connecting;
    let broken = false;
    // A connection that ends under a statement rejects it; the event, which would end the process, says the same again.
    const ignore = () => undefined;
    client.on('error', ignore);
    try {
      return await work(client);
    } catch (error) {
      broken = isConnectionFailure(error);
      throw error;
    } finally {
      client.off('error', ignore);
      client.release(broken);
    }
  };
  const probe = async () => {
    await onClient(pool.connect(), (session) => session.query('SELECT 1'));
  };
  const outage = createOutage(probe, settings, (message, details) =>
    options.logger?.event(details.back ? 'database_back' : 'database_away', { place, ...details }, message),
  );
  let pool = createPool();

  /** A process that was busy for longer than the timeout, as at its start, is answered at the second try. */
  const connected = () =>
    pool.connect().catch((error) => {
      if (!isConnectTimeout(error)) throw error;
      return pool.connect();
    });

  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closing !== null) throw stopped();
    const away = outage.problem();
    if (away !== null) throw new DeltaStreamError('store_failed', `${place}: ${away}`);
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof DeltaStreamError) throw cause;
      if (closing !== null) throw stopped();
      if (isConnectionFailure(cause)) outage.begin(saidBy(cause));
      throw storeFailure(place, cause);
    }
  };
  const run = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
    guarded(() => onClient(connected(), work));

  const connection: PostgresConnection = {
    schema: `"${name.replaceAll('"', '""')}"`,
    place,
    run,
    transaction: (work) =>
      run(async (session) => {
        const begun = session.query(BEGIN);
        const done = work(session).then((last) => allDone([...last, session.query('COMMIT')]));
        try {
          await allDone([begun, done]);
        } catch (error) {
          await session.query('ROLLBACK').catch(() => undefined);
          throw error;
        }
      }),
    maintain: (work, signal) =>
      guarded(async () => {
        // Not pipelined: the driver would end it only after the statement under way.
        const client = new Client({ ...config, pipeline: false, statement_timeout: 0, query_timeout: 0 });
        client.on('error', () => undefined);
        // Rejects the statement under way.
        const end = () => client.end().catch(() => undefined);
        try {
          await client.connect();
          signal?.throwIfAborted();
          signal?.addEventListener('abort', end);
          return await work(client);
        } catch (error) {
          throw signal?.aborted ? stopped() : error;
        } finally {
          signal?.removeEventListener('abort', end);
          await end();
        }
      }),
    problem: () => {
      const away = outage.problem();
      return away === null ? null : `${place}: ${away}`;
    },
    close: () => {
      closing ??= (async () => {
        outage.close();
        await pool.end();
      })();
      return closing;
    },
  };

  const versionOf = async (session: Session) =>
    Number((await session.query('SHOW server_version_num')).rows[0].server_version_num);
  try {
    const version = await onClient(pool.connect(), versionOf).catch(async (error) => {
      if (!address.tlsOptional || reasonOf(error) !== NO_TLS) throw storeFailure(place, error);
      await pool.end();
      config = { ...config, ssl: false };
      pool = createPool();
      options.logger?.event('database_without_tls', { place });
      return run(versionOf);
    });
    if (version < OLDEST_SERVER) {
      const found = `it is of release ${Math.floor(version / 10_000)}; use PostgreSQL 14 or later`;
      throw new DeltaStreamError('store_failed', `${place}: ${found}`);
    }
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function configOf(address: ServerAddress, settings: PostgresSettings, readOnly: boolean): PoolConfig {
  const { host, port, database, user, password } = address;
  return {
    ...{ host, port, database, user, password },
    ssl: address.tls,
    application_name: address.applicationName,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    query_timeout: settings.replyTimeoutMs,
    statement_timeout: settings.statementTimeoutMs,
    lock_timeout: settings.lockTimeoutMs,
    idle_in_transaction_session_timeout: settings.idleTransactionMs,
    idleTimeoutMillis: settings.idleConnectionMs,
    max: settings.maxConnections,
    keepAlive: true,
    pipeline: true,
    options: [
      '-c timezone=UTC -c datestyle=ISO',
      `-c synchronous_commit=${settings.synchronousCommit}`,
      ...(readOnly ? ['-c default_transaction_read_only=on'] : []),
    ].join(' '),
    types: { getTypeParser: parserOf as typeof types.getTypeParser },
  };
}

/** Object ids of types that are read otherwise than the driver does. */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  20: Number, // bigint: counts and numbers below 2^53
  1184: instantOf,
};

const parserOf = (id: number, format?: 'text' | 'binary') => PARSERS[id] ?? types.getTypeParser(id, format);

const stopped = () => new DeltaStreamError('stopped', 'the store is closed');
