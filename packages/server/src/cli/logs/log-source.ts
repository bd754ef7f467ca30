import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openStoredLogs } from '../../adapters.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import {
  type LogCounts,
  type LogPage,
  logCounts,
  logPage,
  type TraceView,
  traceView,
} from '../../services/logging/queries/log-queries.ts';
import { LOGGING } from '../../services/logging/settings.ts';
import type { Settings } from '../../settings/compose.ts';
import { createPlatformClient } from '../ask-platform.ts';

export type LogView = LogPage['logs'][number];
/** By the names of the parameters of `GET /api/logs`. */
export type LogParameters = Readonly<Record<string, string>>;

/** Where the log is read: a running platform, or the folder that it writes. */
export interface LogSource {
  /** Newest first. */
  page(query: LogParameters): Promise<LogPage>;
  counts(query: LogParameters): Promise<LogCounts>;
  /** Null where no line of it is stored. */
  trace(id: string): Promise<TraceView | null>;
  close(): Promise<void>;
}

/** A running platform. Rejects with `unavailable` naming address and reason. */
export function platformLogs(server: string, token: string | undefined): LogSource {
  const platform = createPlatformClient(server, token);
  const get = async <T>(path: string): Promise<T> => {
    const found = await platform.get<T>(path);
    if (found === null) throw new DeltaStreamError('unavailable', `${server}${path}: there is no log`);
    return found;
  };
  return {
    page: (query) => get(`/api/logs?${new URLSearchParams(query)}`),
    counts: (query) => get(`/api/logs/counts?${new URLSearchParams(query)}`),
    trace: (id) => platform.get(`/api/logs/traces/${encodeURIComponent(id)}`),
    close: async () => undefined,
  };
}

/** The data folder of the settings, also beside the process that writes it. Rejects with `not_found` where it has no log. */
export async function storedLogs(settings: Settings): Promise<LogSource> {
  const folder = join(settings.data, 'logs');
  if (!existsSync(folder)) {
    throw new DeltaStreamError('not_found', `${folder}: there is no log; name the data folder by --data`);
  }
  const logs = await openStoredLogs(settings);
  const { pageCharacters } = LOGGING.of(settings);
  return {
    page: ({ limit, ...query }) =>
      logPage(logs, { ...query, ...(limit && { limit: Number(limit) }) }, pageCharacters),
    counts: (query) => logCounts(logs, query),
    trace: (id) => traceView(logs, id, pageCharacters),
    close: logs.close,
  };
}
