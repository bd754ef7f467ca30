import { type Db, MongoClient, type MongoClientOptions } from 'mongodb';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import type { Logger } from '../../kit/logging/log.ts';
import { withDefaults } from '../../kit/settings-fragment.ts';
import { MONGO, type MongoSettings } from './settings.ts';

export interface MongoOptions extends Partial<MongoSettings> {
  /** mongodb:// or mongodb+srv://; a database in it wins over `database`. */
  readonly url: string;
  readonly database?: string;
  readonly logger?: Logger;
}

export interface MongoConnection {
  readonly db: Db;
  /** Runs an operation; what the driver throws becomes `store_failed`, and `stopped` once closed. */
  run<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** Runs an update that relies on its condition; one at a time where the server needs that. */
  update<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * Connects. Writes are acknowledged by a majority with its journal, reads return what a majority has, and
 * both are tried once more by the driver where the server is a replica set. A server that lacks something
 * is named once in the log, with what is done instead. Rejects with `store_failed` naming the hosts; the
 * messages never hold the credentials of the URL.
 */
export async function connectMongo(options: MongoOptions, defaultDatabase: string): Promise<MongoConnection> {
  const settings = withDefaults(MONGO.defaults, options);
  const client = createClient(options.url, {
    appName: 'deltastream',
    promoteBuffers: true,
    ignoreUndefined: true,
    retryWrites: true,
    retryReads: true,
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: settings.writeTimeoutMs },
    readConcern: { level: 'majority' },
    serverSelectionTimeoutMS: settings.serverSelectionTimeoutMs,
    waitQueueTimeoutMS: settings.serverSelectionTimeoutMs,
    connectTimeoutMS: settings.connectTimeoutMs,
    socketTimeoutMS: settings.socketTimeoutMs,
    maxPoolSize: settings.maxConnections,
    heartbeatFrequencyMS: settings.heartbeatMs,
  });
  const hosts = client.options.hosts.join(', ') || client.options.srvHost;
  const db = client.db(databaseOf(options.url) ?? options.database ?? defaultDatabase);
  let closing: Promise<void> | null = null;

  const run = async <T>(work: (db: Db) => Promise<T>): Promise<T> => {
    if (closing !== null) throw stopped();
    try {
      return await work(db);
    } catch (cause) {
      if (cause instanceof DeltaStreamError) throw cause;
      if (closing !== null) throw stopped();
      throw new DeltaStreamError('store_failed', `MongoDB at ${hosts}: ${reasonOf(cause)}`, { cause });
    }
  };
  const close = () => {
    closing ??= client.close();
    return closing;
  };

  try {
    // Those of one kind of store, as each has collections of its own: none waits for what another kind does.
    const place = `${hosts}/${db.databaseName} ${defaultDatabase}`;
    const turns = await run(async () => turnsFor(await client.connect(), hosts ?? '', place, options.logger));
    return { db, run, update: (work) => turns(() => run(work)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** True when the server says that a unique key is taken. */
export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === DUPLICATE_KEY;
export const DUPLICATE_KEY = 11_000;

/** Upserts of one new key by two writers can collide; the second try finds it there. */
export async function retryTakenKeys<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return work();
  }
}

const stopped = () => new DeltaStreamError('stopped', 'the store is closed');

function createClient(url: string, options: MongoClientOptions): MongoClient {
  try {
    return new MongoClient(url, options);
  } catch (cause) {
    throw new DeltaStreamError('invalid_setting', `the MongoDB URL cannot be used: ${reasonOf(cause)}`);
  }
}

const databaseOf = (url: string): string | undefined => /^[^:]+:\/\/[^/]+\/([^?]+)/.exec(url)?.[1];

/** Looks at what the server is, logs what it lacks, and resolves with the way to run conditional updates. */
async function turnsFor(
  client: MongoClient,
  hosts: string,
  place: string,
  logger: Logger | undefined,
): Promise<Turns> {
  const admin = client.db('admin');
  const [hello, build] = await Promise.all([admin.command({ hello: 1 }), admin.command({ buildInfo: 1 })]);
  const isFerret = 'ferretdbVersion' in build;
  const server = isFerret ? `FerretDB (MongoDB ${build.version} wire)` : `MongoDB ${build.version}`;
  const lacking: string[] = [];
  if (hello.setName === undefined && hello.msg !== 'isdbgrid') {
    lacking.push('no replica set: an operation cut by a lost connection is rejected, not tried once more');
  }
  if (isFerret) {
    lacking.push('updates find and write in two steps: this process runs them one at a time');
    lacking.push('no other process may write to the same database');
  }
  if (lacking.length > 0)
    logger?.event('database_lacks', { hosts, server, lacking }, `${server} lacks something`);
  else logger?.event('database_connected', { hosts, server });
  return isFerret ? turnsOf(place) : createTurns(false);
}

/** Runs pieces of work one after another, or, where that is not needed, at once. */
type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/** Of each database and kind of store where they are needed: its connections of this process take turns together. */
const TURNS = new Map<string, Turns>();

function turnsOf(place: string): Turns {
  const turns = TURNS.get(place) ?? createTurns(true);
  TURNS.set(place, turns);
  return turns;
}

export function createTurns(oneAtATime: boolean): Turns {
  if (!oneAtATime) return (work) => work();
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
