import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import { handleRequests } from '../../handle-requests.ts';
import { backlogOf, onFile, openStoreFileToCheckpoint, writeFailure } from '../files/store-file.ts';
import type { CheckpointRequest } from '../messages.ts';

export interface CheckpointSettings {
  readonly busyTimeoutMs: number;
}

/**
 * Moves logs into their files beside the writer: first without holding it up, then, when the writer kept
 * adding meanwhile, the short rest with the writer waiting, so that the log can start again.
 */
handleRequests(() => {
  const { busyTimeoutMs } = workerData as CheckpointSettings;
  const open = new Map<string, { database: DatabaseSync; inode: number | undefined }>();
  const connection = (file: string) => {
    const inode = statSync(file, { throwIfNoEntry: false })?.ino;
    let held = open.get(file);
    if (held !== undefined && held.inode !== inode) {
      // Sealed, removed or renamed: another file has its name.
      held.database.close();
      held = undefined;
    }
    held ??= { database: openStoreFileToCheckpoint(file, busyTimeoutMs), inode };
    open.set(file, held);
    return held.database;
  };
  return {
    handle(request) {
      const { files } = request as CheckpointRequest;
      // A file that is not written to any more is let go, for its last connection tidies up its log.
      for (const [file, { database }] of open) {
        if (files.includes(file)) continue;
        database.close();
        open.delete(file);
      }
      for (const file of files) {
        onFile(file, () => {
          const database = connection(file);
          if (backlogOf(database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()) > 0) {
            database.prepare('PRAGMA wal_checkpoint(RESTART)').get();
          }
        });
      }
      return null;
    },
    close: () => {
      for (const { database } of open.values()) database.close();
    },
  };
}, writeFailure);
