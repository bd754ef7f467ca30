import { DeltaStreamError } from './kit/errors.ts';
import { unlessAborted } from './kit/lifecycle/bounded-wait.ts';
import type { ServiceName } from './kit/lifecycle/service.ts';
import { createLogger, serviceLogger, silentLogger } from './kit/logging/log.ts';
import { createConsoleLog } from './kit/logging/outputs/console-log.ts';
import { createLogRelay } from './kit/logging/outputs/log-relay.ts';
import type { StdoutLog } from './kit/logging/outputs/stdout-log.ts';
import { TRACING } from './kit/tracing/tracing-settings.ts';
import { type Assembly, assemble } from './launch/assembly.ts';
import { noticeCalendars } from './launch/calendar-notice.ts';
import { systemClock } from './ports/clock.ts';
import type { Settings } from './settings/compose.ts';
import { useReferenceFile } from './settings/reference-file.ts';

/** A running platform: the services that the settings chose, and the ports they share. */
export interface Platform extends Pick<Assembly, 'services' | 'ports'> {
  /** Where it can be reached: the gateway, else every service. */
  readonly urls: readonly string[];
  /** Whose they are, in the same order. */
  readonly listening: readonly ServiceName[];
  /**
   * Ends what takes in messages and requests, lets what was sent be stored, then stops the rest; idempotent, bounded
   * in time.
   */
  stop(): Promise<void>;
}

/** The OpenAPI document of the services that the settings choose; nothing is started and nothing listens. */
export async function describeApi(settings: Settings): Promise<object> {
  const assembly = assemble(settings, silentLogger);
  try {
    await assembly.create(() => undefined);
    return (await assembly.services.gateway?.describe()) ?? {};
  } finally {
    await assembly.stop();
  }
}

/**
 * Opens the ports that the chosen services ask for, creates the services and starts them in the order that follows from
 * what each does and needs: a feed last, so that nothing is published before everything that takes it works. When a part
 * fails, or the signal aborts, which rejects with `stopped`, what was made is stopped again. `show` prints
 * warnings for the operator; `stdout` takes every line.
 */
export async function launch(
  settings: Settings,
  show: (text: string) => void,
  signal?: AbortSignal,
  stdout?: StdoutLog,
): Promise<Platform> {
  const relay = createLogRelay([createConsoleLog(show), ...(stdout ? [stdout] : [])]);
  const logger = createLogger(settings.logLevel, relay, TRACING.of(settings));
  const assembly = assemble(settings, logger, stdout && [stdout]);
  let stopNotice = () => {};
  let restoreReference = () => {};
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopNotice();
    stopping ??= assembly.stop().finally(() => restoreReference());
    return stopping;
  };
  const begin = async () => {
    await assembly.lock();
    restoreReference = await useReferenceFile(settings.reference, signal);
    await assembly.create(relay.add);
    const ports = { clock: systemClock, logger: serviceLogger(logger, 'platform') };
    stopNotice = noticeCalendars(ports, settings.calendarNoticeDays);
    return assembly.start();
  };
  try {
    // What goes on after that is ended by the stop of its parts.
    const urls = await unlessAborted(signal, begin(), () => {
      throw new DeltaStreamError('stopped', 'stopped while it started');
    });
    const { services, ports } = assembly;
    return { services, ports, urls, listening: assembly.listening(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
