import { readFileSync } from 'node:fs';

const CLOCK_TICKS_PER_SECOND = 100;

/** Seconds of processor time that a process has used in all its threads, from /proc; steps of 10 ms. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

const LOOK_EVERY_MS = 10;

/**
 * Holds each process to a share of one core, by stopping it (SIGSTOP) while it has used more than its share of
 * the time since the start. Returns a function that releases them.
 */
export function limitProcessors(pids: readonly number[], share: number): () => void {
  const begun = performance.now();
  const usedBefore = pids.map(processorSeconds);
  const stopped = new Set<number>();
  const look = () => {
    const allowed = (share * (performance.now() - begun)) / 1000;
    for (const [i, pid] of pids.entries()) {
      const over = processorSeconds(pid) - usedBefore[i] > allowed;
      if (over === stopped.has(pid)) continue;
      process.kill(pid, over ? 'SIGSTOP' : 'SIGCONT');
      if (over) stopped.add(pid);
      else stopped.delete(pid);
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    for (const pid of stopped) process.kill(pid, 'SIGCONT');
  };
}
