import { workerData } from 'node:worker_threads';
import { handleRequests } from '../../handle-requests.ts';
import { readFailure } from '../files/store-file.ts';
import type { ReadRequest, ReadResults, StoredSnapshot } from '../messages.ts';
import { createReader, type ReaderSettings } from './reader.ts';

handleRequests(() => {
  const reader = createReader(workerData as ReaderSettings);
  return {
    handle: (request) => reader.read(request as ReadRequest),
    handedOver: (result) => [...new Set(snapshotsIn(result).flatMap(({ content }) => memoryOf(content)))],
    close: () => reader.close(),
  };
}, readFailure);

/** The snapshots of a result: one, or a page of them. */
function snapshotsIn(result: unknown): readonly StoredSnapshot[] {
  if (typeof result !== 'object' || result === null) return [];
  if ('content' in result) return [result as StoredSnapshot];
  const list = 'found' in result ? (result as ReadResults['snapshots']).found : result;
  return Array.isArray(list) && list.length > 0 && 'content' in list[0] ? list : [];
}

/** Cells are large, share memory, and were made for this result alone; blobs of SQLite may share memory. */
const memoryOf = (content: StoredSnapshot['content']): ArrayBuffer[] =>
  content instanceof Uint8Array ? [] : [content.cells.buffer];
