import { workerData } from 'node:worker_threads';
import { handleRequests } from '../../sqlite/handle-requests.ts';
import type { WriterRequest, WriterSettings } from '../messages.ts';
import { openLineWriter } from './line-writer.ts';

/** Entry of the thread that writes segments and their index. What an index lacks is made between requests. */
handleRequests(() => {
  const writer = openLineWriter(workerData as WriterSettings);
  let isClosed = false;
  let isMending = false;
  const mend = () => {
    isMending = !isClosed && writer.mend();
    if (isMending) setImmediate(mend);
  };
  setImmediate(mend);
  return {
    handle(given) {
      const { text, lines } = given as WriterRequest;
      const state = writer.append(text, lines);
      if (state.unindexed > 0 && !isMending) setImmediate(mend);
      return state;
    },
    close() {
      isClosed = true;
      writer.close();
    },
  };
});
