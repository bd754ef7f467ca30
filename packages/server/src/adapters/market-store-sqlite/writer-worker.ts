import { workerData } from 'node:worker_threads';
import { answerRequests } from './answer-requests.ts';
import type { CommitRequest, CommitResult } from './messages.ts';
import { openWriter, type WriterSettings } from './writer.ts';

answerRequests(() => {
  const writer = openWriter(workerData as WriterSettings);
  return {
    answer(request): CommitResult {
      const { bytes, ends, ticks, bars } = request as CommitRequest;
      const blobs = Array.from(ends, (end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
      return writer.commit({ blobs, ticks, bars });
    },
    close: () => writer.close(),
  };
});
