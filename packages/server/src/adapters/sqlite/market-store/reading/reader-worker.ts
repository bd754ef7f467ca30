import { workerData } from 'node:worker_threads';
import { handleRequests } from '../../handle-requests.ts';
import { readFailure } from '../files/store-file.ts';
import type { ReadRequest } from '../messages.ts';
import { createReader, type ReaderSettings } from './reader.ts';

handleRequests(() => {
  const reader = createReader(workerData as ReaderSettings);
  return {
    handle: (request) => reader.read(request as ReadRequest),
    close: () => reader.close(),
  };
}, readFailure);
