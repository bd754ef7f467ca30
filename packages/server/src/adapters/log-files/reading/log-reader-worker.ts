import { workerData } from 'node:worker_threads';
import { handleRequests } from '../../sqlite/handle-requests.ts';
import type { ReaderRequest, ReaderSettings, Refused } from '../messages.ts';
import { countLines } from './count-lines.ts';
import { openFolderReader } from './folder-reader.ts';
import { findLines } from './search.ts';

/** Entry of the thread that searches: a long search holds up neither the event loop nor what is written. */
handleRequests(() => {
  const settings = workerData as ReaderSettings;
  const reader = openFolderReader(settings);
  return {
    handle(given) {
      const request = given as ReaderRequest;
      const until = performance.now() + settings.queryTimeoutMs;
      const deadline = () => {
        if (performance.now() > until) {
          throw new RangeError(`the search took longer than ${settings.queryTimeoutMs} ms; narrow it`);
        }
      };
      try {
        return request.kind === 'query'
          ? findLines(reader, request, settings.levels, deadline)
          : countLines(reader, request, settings.levels, deadline);
      } catch (error) {
        if (error instanceof RangeError) return { refused: error.message } satisfies Refused;
        throw error;
      }
    },
    close: reader.close,
  };
});
