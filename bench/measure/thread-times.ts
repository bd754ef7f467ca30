import { readdirSync, readFileSync } from 'node:fs';

/** Seconds of processor time that a process has used, by who of it used them. */
export interface ThreadTimes {
  /** The thread that runs its event loop. */
  readonly main: number;
  /** Threads of V8: collections and compilation on behalf of all others. */
  readonly engine: number;
  /** Worker threads and the pool of libuv. */
  readonly workers: number;
}

const NANOSECONDS = 1e9;

/** From `/proc/PID/task/TID/schedstat`, in nanoseconds, where `stat` counts in steps of 10 ms. A thread that ended is in none. */
export function threadTimes(pid: number): ThreadTimes {
  const times = { main: 0, engine: 0, workers: 0 };
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`;
    const [ran] = readFileSync(`${folder}/schedstat`, 'utf8').split(' ');
    const isOfEngine = /V8|DelayedTask/.test(readFileSync(`${folder}/comm`, 'utf8'));
    const kind = Number(thread) === pid ? 'main' : isOfEngine ? 'engine' : 'workers';
    times[kind] += Number(ran) / NANOSECONDS;
  }
  return times;
}
