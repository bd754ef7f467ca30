import { constants, setPriority } from 'node:os';
import { platform } from 'node:process';
import { workerData } from 'node:worker_threads';
import { handleRequests } from '../../handle-requests.ts';
import { writeFailure } from '../files/store-file.ts';
import type { SealRequest } from '../messages.ts';
import { beginSealing, type DaySealing } from './seal-day.ts';

export interface SealerThreadSettings {
  readonly folder: string;
  readonly busyTimeoutMs: number;
}

// Where all want a processor, what is stored live has ten times the time of what seals; at the lowest priority a day might
// never be sealed. On Linux a priority is of a thread, and 0 names the one that asks; elsewhere it would be the process's.
if (platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);

/** Seals one day at a time, a step a request. A step that fails leaves the day as it was. */
handleRequests(() => {
  const { folder, busyTimeoutMs } = workerData as SealerThreadSettings;
  let sealing: DaySealing | null = null;
  const abandon = () => {
    const abandoned = sealing;
    // First, so that the next day can be begun whatever comes of this one.
    sealing = null;
    abandoned?.abandon();
  };
  const begun = (): DaySealing => {
    if (sealing === null) throw new Error('no day is being sealed: the thread was started again');
    return sealing;
  };
  return {
    handle(given) {
      const request = given as SealRequest;
      try {
        if (request.kind === 'begin') {
          abandon();
          sealing = beginSealing(folder, request.day, busyTimeoutMs);
          return null;
        }
        if (request.kind === 'step') return begun().step();
        const sealed = begun().finish();
        sealing = null;
        return sealed;
      } catch (error) {
        abandon();
        throw error;
      }
    },
    close: abandon,
  };
}, writeFailure);
