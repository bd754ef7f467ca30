import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { withDefaults } from '../../../kit/settings-fragment.ts';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import { createOpenMark, markOf, type OpenMark } from '../open-mark.ts';
import { ALERT_STORE, type AlertStoreSettings, type ThreadSettings } from '../settings.ts';
import { type SpawnThread, startThread } from '../supervised-thread.ts';
import type { Call } from './alert-database.ts';

export interface SqliteAlertStoreOptions extends Partial<AlertStoreSettings> {
  readonly file: string;
  readonly threads?: ThreadSettings;
  readonly spawn?: SpawnThread;
  readonly logger?: Logger;
}

const METHODS: { readonly [Name in Call['method']]: true } = {
  createRules: true,
  rule: true,
  rulesOf: true,
  putRule: true,
  muteRule: true,
  endRule: true,
  removeRule: true,
  changesAfter: true,
  createChannel: true,
  channel: true,
  channelsOf: true,
  putChannel: true,
  noteChannel: true,
  removeChannel: true,
  lease: true,
  renew: true,
  release: true,
  leases: true,
  remembered: true,
  commit: true,
  keepPositions: true,
  unpublished: true,
  published: true,
  firings: true,
  undelivered: true,
  handOver: true,
  channelsDue: true,
  nextMessage: true,
  postponeMessage: true,
  endMessage: true,
  dropWaiting: true,
  noteAttempt: true,
  attempts: true,
  keep: true,
  removeOwner: true,
  ownersAfter: true,
  suspendOwner: true,
  suspendedOwners: true,
  removeBefore: true,
};

/**
 * Rules of alerts and what fired in one SQLite file. Statements run in a thread: each commit waits for the disk, and what
 * is live does not. A thread that dies is replaced; what was asked of it then is rejected, and may have been done.
 *
 * Once the file is removed or replaced every operation rejects with `store_failed`, and with `stored_data_damaged` what
 * meets a damaged page. Rejects with `data_folder_unusable` when the file cannot be opened, is not a database, or what was in
 * it was lost, and with `newer_release` when it is of one.
 */
export async function createSqliteAlertStore(options: SqliteAlertStoreOptions): Promise<AlertStore> {
  const { file, threads, spawn, logger } = options;
  const { busyTimeoutMs, closeTimeoutMs } = withDefaults(ALERT_STORE.defaults, options);
  const mark = createOpenMark(file);
  refuseLost(file, mark);
  const thread = await startThread({
    ...threads,
    script: new URL('alert-worker.ts', import.meta.url),
    name: 'the alert store',
    settings: { file, busyTimeoutMs },
    ...{ spawn, logger },
  });
  // Not the thread's: where one ends unasked, SQLite removes the log as it does when a file is closed.
  mark.set();
  const call =
    (method: Call['method']) =>
    (...args: readonly unknown[]) =>
      thread.ask({ method, args } satisfies Call);
  const methods = Object.keys(METHODS).map((name) => [name, call(name as Call['method'])]);
  return {
    ...(Object.fromEntries(methods) as AlertStore),
    close() {
      mark.clear();
      return thread.close(closeTimeoutMs);
    },
  };
}

/** Throws where what was stored is gone: nobody would know that rules sleep, or that one that fired once fires again. */
function refuseLost(file: string, mark: OpenMark): void {
  const lost = (reason: string, orElse: string) =>
    new DeltaStreamError(
      'data_folder_unusable',
      `${file}: ${reason}: restore it from a backup (deltastream restore), or ${orElse}`,
    );
  if (mark.logWasLost) {
    const reason = 'its write-ahead log is missing, and with it what was kept last';
    throw lost(reason, `remove ${basename(markOf(file))} to go on with what is there`);
  }
  if (statSync(file, { throwIfNoEntry: false })?.size === 0) {
    throw lost('it is empty', `remove ${basename(file)} to begin without rules`);
  }
}
