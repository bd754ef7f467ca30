import { readFileSync } from 'node:fs';

const CLOCK_TICKS_PER_SECOND = 100;

export interface Memory {
  /** Megabytes resident, those shared with other processes included. */
  readonly rss: number;
  /** Megabytes of its own, and its part of what it shares. */
  readonly pss: number;
}

/** What a process holds, from /proc. */
export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const megabytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]) / 1024;
  return { rss: megabytes('Rss'), pss: megabytes('Pss') };
}

/** Processor time that a process has used, of all its threads. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}
