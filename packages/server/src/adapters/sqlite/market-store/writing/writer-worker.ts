import { workerData } from 'node:worker_threads';
import { handleRequests } from '../../handle-requests.ts';
import { writeFailure } from '../files/store-file.ts';
import type { WriterRequest } from '../messages.ts';
import { openWriter } from './writer.ts';
import type { WriterSettings } from './writer-settings.ts';

handleRequests(() => {
  const writer = openWriter(workerData as WriterSettings);
  return {
    handle(given) {
      const request = given as WriterRequest;
      if (request.kind === 'state') return writer.state();
      if (request.kind === 'rebuild') return writer.rebuild();
      if (request.kind === 'release') return writer.release(request);
      if (request.kind === 'remove') return writer.remove(request.day);
      if (request.kind === 'rollUp') return writer.rollUp(request);
      const { bytes, ends, ticks, bars, figures } = request;
      const blobs = Array.from(ends, (end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
      return writer.commit({ blobs, ticks, bars, figures });
    },
    close: () => writer.close(),
  };
}, writeFailure);
