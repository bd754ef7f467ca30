import { workerData } from 'node:worker_threads';
import { answerRequests } from '../../sqlite/answer-requests.ts';
import { readFailure } from '../files/store-file.ts';
import type { ReadRequest } from '../messages.ts';
import { createReader, type ReaderSettings } from './reader.ts';

answerRequests(() => {
  const reader = createReader(workerData as ReaderSettings);
  return {
    answer: (request) => reader.read(request as ReadRequest),
    close: () => reader.close(),
  };
}, readFailure);
