import { workerData } from 'node:worker_threads';
import { handleRequests } from '../../handle-requests.ts';
import { readFailure } from '../files/store-file.ts';
import type { ReadRequest } from '../messages.ts';
import { createReader, type ReaderSettings } from './reader.ts';
import type { SnapshotPage } from './snapshot-page.ts';

handleRequests(() => {
  const reader = createReader(workerData as ReaderSettings);
  return {
    handle: (request) => reader.read(request as ReadRequest),
    handedOver: (result) => memoryIn(result),
    close: () => reader.close(),
  };
}, readFailure);

/** The memory of a page of snapshots, and of the page that a result has. */
function memoryIn(result: unknown): ArrayBuffer[] {
  if (typeof result !== 'object' || result === null) return [];
  if ('found' in result) return memoryIn(result.found);
  return 'memory' in result ? [...(result as SnapshotPage).memory] : [];
}
