import { workerData } from 'node:worker_threads';
import type { LogLevel } from '../../../ports/stores/logs/log-store.ts';
import { handleRequests } from '../../sqlite/handle-requests.ts';
import type { WriterRequest, WriterSettings } from '../messages.ts';
import { createFlatLines } from './flat-line.ts';
import { openLineWriter } from './line-writer.ts';
import { readLogged, readStored } from './read-lines.ts';

/** Entry of the thread that writes segments and their index. What an index lacks is made between requests. */
handleRequests(() => {
  const settings = workerData as WriterSettings;
  const levels = settings.levels as readonly LogLevel[];
  const flat = createFlatLines(levels);
  const writer = openLineWriter(settings);
  let isClosed = false;
  let isMending = false;
  const mend = () => {
    isMending = !isClosed && writer.mend();
    if (isMending) setImmediate(mend);
  };
  setImmediate(mend);
  return {
    handle(given) {
      const { rules, ...lines } = given as WriterRequest;
      const state = writer.append(
        rules === null ? readStored(lines, levels) : readLogged(lines, rules, levels, flat),
      );
      if (state.unindexed > 0 && !isMending) setImmediate(mend);
      return state;
    },
    close() {
      isClosed = true;
      writer.close();
    },
  };
});
