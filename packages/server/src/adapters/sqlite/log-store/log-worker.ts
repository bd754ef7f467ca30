import { workerData } from 'node:worker_threads';
import { handleRequests } from '../handle-requests.ts';
import { openLogDatabase } from './log-database.ts';
import type { Request, StoredRow, WorkerSettings } from './messages.ts';

/** Entry of the worker thread that holds the log file. */
handleRequests(() => {
  const database = openLogDatabase(workerData as WorkerSettings);
  return {
    handle(given): readonly StoredRow[] {
      const request = given as Request;
      if (request.kind === 'query') return database.query(request.filter);
      database.append(request.rows);
      return [];
    },
    close: () => database.close(),
  };
});
