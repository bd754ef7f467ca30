import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { pid } from 'node:process';
import { LOGS } from '@deltastream/contracts';
import type { DestinationStream } from 'pino';
import type { Bus } from '../../../ports/bus.ts';
import { within } from '../../lifecycle/bounded-wait.ts';
import { createLineSpool } from './line-spool.ts';
import type { LogOutputSettings } from './log-output-settings.ts';
import type { LogOutput } from './output-metrics.ts';

/** Sends the lines of this process to the logging service of another. */
export interface BusLog extends DestinationStream, LogOutput {
  /** From now on what waits is sent. */
  start(bus: Pick<Bus, 'publish' | 'pressure'>): void;
  /** Sends what waits, as far as that is possible in time. */
  stop(): Promise<void>;
}

/** Above it the bus would soon drop entire batches, uncounted line by line: they wait here, where each is counted. */
const FULL_BUS = 0.5;
const RETRY_MS = 500; // After a bus that did not take a batch: it had its own time to come back.

/**
 * Lines wait in a bounded spool and are sent in batches, one at a time, so that their order holds. Nobody ever waits
 * for them. When too many wait the oldest go; how many is said in a line of its own as soon as lines are sent again.
 */
export function createBusLog(settings: LogOutputSettings): BusLog {
  const spool = createLineSpool(settings.spoolBytes);
  const process = `${hostname()}-${pid}-${randomBytes(3).toString('hex')}`;
  let bus: Pick<Bus, 'publish' | 'pressure'> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let sending: Promise<void> | null = null;
  let told = 0;
  let stopping = false;

  const schedule = (afterMs: number) => {
    if (bus === null || timer !== null || stopping) return;
    timer = setTimeout(() => {
      timer = null;
      void send();
    }, afterMs).unref();
  };

  const sendAll = async (to: Pick<Bus, 'publish' | 'pressure'>) => {
    for (;;) {
      const batch = spool.peek(settings.batchLines);
      if (batch === null || to.pressure(LOGS.name) > FULL_BUS) return;
      const { first, lines } = batch;
      const dropped = spool.dropped();
      const notice = dropped > told ? dropNotice(process, dropped - told) : '';
      const frame = LOGS.frames.encode({
        process,
        first,
        count: lines.length,
        lines: notice + lines.join(''),
      });
      await to.publish(LOGS.name, frame);
      told = dropped;
      spool.passed(batch);
    }
  };

  const send = (): Promise<void> => {
    if (bus === null) return Promise.resolve();
    sending ??= sendAll(bus)
      // Said by the adapter of the bus already; a line for each try would be one more that waits.
      .catch(() => undefined)
      .finally(() => {
        sending = null;
        if (spool.waiting() > 0) schedule(RETRY_MS);
      });
    return sending;
  };

  return {
    output: 'bus',
    write(line) {
      spool.push(line);
      if (timer === null && sending === null) schedule(settings.sendMs);
    },
    start(to) {
      bus = to;
      schedule(0);
    },
    async stop() {
      stopping = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      const sent = (sending ?? Promise.resolve()).then(send);
      await within(settings.finalSendMs, sent, () => undefined);
      bus = null;
    },
    waiting: spool.waiting,
    dropped: spool.dropped,
  };
}

const dropNotice = (process: string, dropped: number): string =>
  `${JSON.stringify({
    level: 'warn',
    timestamp: Date.now(),
    service: 'platform',
    event: 'log_lines_dropped',
    process,
    dropped,
    message: 'log lines were dropped: more came than could be passed on',
  })}\n`;
