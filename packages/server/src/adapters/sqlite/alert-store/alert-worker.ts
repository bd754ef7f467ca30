import { workerData } from 'node:worker_threads';
import { handleRequests } from '../handle-requests.ts';
import { openAlertDatabase } from './alert-database.ts';

const { file, busyTimeoutMs } = workerData as { file: string; busyTimeoutMs: number };
const opened: { database?: ReturnType<typeof openAlertDatabase> } = {};

handleRequests(
  () => {
    opened.database = openAlertDatabase(file, busyTimeoutMs);
    return opened.database;
  },
  (error) => (opened.database as ReturnType<typeof openAlertDatabase>).failureOf(error),
);
