import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import {
  type PostgresServer,
  startPostgresServer,
  uniqueSchema,
} from '../../../testing/servers/postgres-server.ts';
import type { RetentionSettings } from '../../retention-settings.ts';
import type { RollingMarketStore } from '../../rollups/rollups.ts';
import { connectPostgres, type PostgresConnection, type PostgresOptions } from '../database/connect.ts';
import {
  type ClosableMarketReader,
  createPostgresMarketStore,
  openPostgresMarketReader,
} from './market-store-postgres.ts';

type Options = Partial<PostgresOptions & RetentionSettings>;

/** A server for the tests of a suite and a fresh schema for each; what is opened on it is closed after the test. */
export interface PostgresStand {
  readonly server: PostgresServer;
  readonly schema: string;
  open(options?: Options): Promise<RollingMarketStore>;
  read(options?: Options): Promise<ClosableMarketReader>;
  connect(options?: Options & { readonly readOnly?: boolean }): Promise<PostgresConnection>;
  /** Runs statements as the superuser, with the schema in place of `{}`. */
  query(text: string): Promise<Record<string, unknown>[]>;
}

/** To be called inside `describe`. */
export function postgresStand(): PostgresStand {
  let server: PostgresServer;
  let schema: string;
  const opened: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server?.stop());
  beforeEach(() => {
    schema = uniqueSchema();
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    await server.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  });
  const closed = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
    const each = await opening;
    opened.push(each);
    return each;
  };
  const here = (options: Options = {}) => ({ url: server.url, schema, ...options });
  return {
    get server() {
      return server;
    },
    get schema() {
      return schema;
    },
    open: (options) => closed(createPostgresMarketStore(here(options))),
    read: (options) => closed(openPostgresMarketReader(here(options))),
    connect: ({ readOnly = false, ...options } = {}) =>
      closed(connectPostgres(here(options), '', { readOnly })),
    query: (text) => server.query(text.replaceAll('{}', schema)),
  };
}
