import { write } from 'node:fs';
import { createLineSpool } from './line-spool.ts';
import type { LogDestination } from './log-destination.ts';
import type { LogOutput } from './output-metrics.ts';

export interface StdoutLog extends LogDestination, LogOutput {
  /** Resolves when all is written, or nobody has read for `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
}

type Write = (
  fd: number,
  bytes: Buffer,
  from: number,
  done: (error: Error | null, written: number) => void,
) => void;

const BATCH_LINES = 256; // As many as a pipe of the operating system holds.
const FULL_PIPE_MS = 20; // How soon a pipe that was full is tried again.

/**
 * Writes lines to a file descriptor without ever waiting for who reads it: Node's own standard output blocks the process
 * while a pipe is full. Lines wait, bounded; beyond it the oldest go, counted. A reader that is gone ends it.
 */
export function createStdoutLog(fd: number, maxBytes: number, writeTo: Write = nodeWrite): StdoutLog {
  const spool = createLineSpool(maxBytes);
  let writing = false;
  let ended = false;
  let idle: (() => void)[] = [];

  const settle = () => {
    writing = false;
    for (const resolve of idle) resolve();
    idle = [];
  };

  const next = () => {
    const batch = spool.peek(BATCH_LINES);
    if (batch === null || ended) return settle();
    const bytes = Buffer.from(batch.lines.join(''));
    const rest = (from: number) =>
      writeTo(fd, bytes, from, (error, written) => {
        if (error !== null && 'code' in error && error.code === 'EAGAIN') {
          setTimeout(rest, FULL_PIPE_MS, from).unref();
          return;
        }
        if (error !== null) {
          ended = true;
          settle();
          return;
        }
        if (from + written < bytes.length) return rest(from + written);
        spool.passed(batch);
        next();
      });
    rest(0);
  };

  return {
    output: 'stdout',
    write(line) {
      if (ended) return;
      spool.push(line);
      if (writing) return;
      writing = true;
      setImmediate(next);
    },
    // It shows the lines of the level, and no others.
    record: () => {},
    flush: (timeoutMs) =>
      new Promise((resolve) => {
        if (!writing) return resolve();
        const timer = setTimeout(resolve, timeoutMs);
        idle.push(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
    waiting: spool.waiting,
    dropped: spool.dropped,
  };
}

const nodeWrite: Write = (fd, bytes, from, done) =>
  write(fd, bytes, from, (error, written) => done(error, written));
