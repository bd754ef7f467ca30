import { parentPort, workerData } from 'node:worker_threads';
import { type LogDatabase, openLogDatabase } from './log-database.ts';
import type { Reply, Request, WorkerSettings } from './messages.ts';

/** Entry of the worker thread that holds the log file. */
if (parentPort !== null) serve(parentPort, workerData as WorkerSettings);

function serve(port: NonNullable<typeof parentPort>, settings: WorkerSettings): void {
  const reply = (message: Reply) => port.postMessage(message);
  let database: LogDatabase;
  try {
    database = openLogDatabase(settings);
  } catch (error) {
    reply({ kind: 'unusable', reason: textOf(error) });
    return;
  }
  port.on('message', (request: Request) => {
    try {
      const rows = request.kind === 'query' ? database.query(request.filter) : [];
      if (request.kind === 'append') database.append(request.rows);
      if (request.kind === 'close') database.close();
      reply({ kind: 'done', id: request.id, rows });
    } catch (error) {
      reply({ kind: 'failed', id: request.id, reason: textOf(error) });
    }
    if (request.kind === 'close') port.close();
  });
  reply({ kind: 'ready' });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
