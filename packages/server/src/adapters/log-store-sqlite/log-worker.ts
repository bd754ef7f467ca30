import { workerData } from 'node:worker_threads';
import { answerRequests } from '../sqlite/answer-requests.ts';
import { openLogDatabase } from './log-database.ts';
import type { Request, StoredRow, WorkerSettings } from './messages.ts';

/** Entry of the worker thread that holds the log file. */
answerRequests(() => {
  const database = openLogDatabase(workerData as WorkerSettings);
  return {
    answer(given): readonly StoredRow[] {
      const request = given as Request;
      if (request.kind === 'query') return database.query(request.filter);
      database.append(request.rows);
      return [];
    },
    close: () => database.close(),
  };
});
