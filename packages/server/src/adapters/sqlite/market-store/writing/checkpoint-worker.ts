import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import { handleRequests } from '../../handle-requests.ts';
import { backlogOf, onFile, openStoreFileToCheckpoint, writeFailure } from '../files/store-file.ts';
import type { CheckpointRequest } from '../messages.ts';

export interface CheckpointSettings {
  readonly busyTimeoutMs: number;
  /** Bytes of a log beyond which it is moved into its file. */
  readonly checkpointBytes: number;
}

/** A log of so many times those bytes is cut off, for which the writer has to wait. */
const LONGEST = 4;

/**
 * Moves logs into their files beside the writer: first without holding it up, after which a log starts again by itself if nothing
 * came meanwhile; then, when the writer kept adding, the short rest with the writer waiting. So a log is bounded also
 * where puts never pause.
 */
handleRequests(() => {
  const { busyTimeoutMs, checkpointBytes } = workerData as CheckpointSettings;
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
          const moved = database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
          const pageBytes = Number(database.prepare('PRAGMA page_size').get()?.page_size);
          if (backlogOf(moved) > 0 || Number(moved?.log) * pageBytes > LONGEST * checkpointBytes) {
            database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
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
