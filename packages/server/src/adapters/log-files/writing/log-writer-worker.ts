import { workerData } from 'node:worker_threads';
import { parseLogLine } from '../../../ports/stores/log-line.ts';
import type { LineRules, LogLevel } from '../../../ports/stores/log-store.ts';
import { handleRequests } from '../../sqlite/handle-requests.ts';
import { storedLine } from '../blocks/line.ts';
import type { WriterRequest, WriterSettings } from '../messages.ts';
import { openLineWriter } from './line-writer.ts';

/** Entry of the thread that writes segments and their index. What an index lacks is made between requests. */
handleRequests(() => {
  const settings = workerData as WriterSettings;
  const levels = settings.levels as readonly LogLevel[];
  const writer = openLineWriter(settings);
  let isClosed = false;
  let isMending = false;
  const mend = () => {
    isMending = !isClosed && writer.mend();
    if (isMending) setImmediate(mend);
  };
  setImmediate(mend);
  /** Lines as they are stored, of lines as loggers write them. */
  const read = (text: string, lines: number, rules: LineRules): string => {
    let stored = '';
    for (const line of text.split('\n', lines)) stored += storedLine(parseLogLine(line, rules, levels));
    return stored;
  };
  return {
    handle(given) {
      const { text, lines, rules } = given as WriterRequest;
      const stored = rules === null ? text : read(text, lines, rules);
      const state = writer.append(stored, lines);
      if (state.unindexed > 0 && !isMending) setImmediate(mend);
      return state;
    },
    close() {
      isClosed = true;
      writer.close();
    },
  };
});
