import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { pid } from 'node:process';
import { WORKER_COMMANDS, WORKER_STATES, type WorkerState } from '@deltastream/contracts';
import type { Bus, Subscription } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { reasonOf } from '../errors.ts';
import type { Logger } from '../logging/log.ts';
import { withDefaults } from '../settings-fragment.ts';
import { within } from './bounded-wait.ts';
import { LIFECYCLE, type LifecycleSettings } from './lifecycle-settings.ts';
import type { ServiceName } from './service.ts';

/** How many messages to process concurrently while a market is open, and while none is. */
export interface MarketSchedule {
  readonly market: number;
  readonly offHours: number;
  isOpen(atMs: number): boolean;
}

export interface WorkerControlOptions
  extends Partial<Pick<LifecycleSettings, 'beatMs' | 'finalStateTimeoutMs'>> {
  readonly service: ServiceName;
  /** What to begin with where there is no schedule. */
  readonly concurrency: number;
  readonly schedule?: MarketSchedule;
  /** Called with every new number. */
  readonly apply: (concurrency: number) => void;
}

export interface WorkerControl {
  /** The number in force. */
  concurrency(): number;
  start(): Promise<void>;
  /** For good; idempotent, allowed during start. */
  stop(): Promise<void>;
}

/**
 * Lets a consumer be scaled while it runs: by commands that every process on the bus receives, and by the
 * sessions of a market. The last instruction holds: a command until the next opening or close, the schedule
 * from then on. A bus that is away leaves the number as it is.
 */
export function createWorkerControl(
  { bus, clock, logger }: { readonly bus: Bus; readonly clock: Clock; readonly logger: Logger },
  options: WorkerControlOptions,
): WorkerControl {
  const { service, concurrency, schedule, apply } = options;
  const { beatMs, finalStateTimeoutMs } = withDefaults(LIFECYCLE.defaults, options);
  const worker = `${hostname()}-${pid}-${randomBytes(3).toString('hex')}`;
  let open = schedule ? schedule.isOpen(clock.now()) : null;
  let current = scheduled() ?? concurrency;
  let from: WorkerState['concurrency_from'] = schedule ? 'schedule' : 'setting';
  let following: Subscription | null = null;
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;

  function scheduled(): number | null {
    if (!schedule) return null;
    return open ? schedule.market : schedule.offHours;
  }

  const say = async (ended = false) => {
    const state: WorkerState = {
      ...{ worker, service, host: hostname(), pid, concurrency: current },
      ...{ concurrency_from: from, market_open: open, ended },
    };
    try {
      await bus.publish(WORKER_STATES.name, WORKER_STATES.frames.encode(state));
    } catch (error) {
      logger.event('worker_state_not_said', { reason: reasonOf(error) });
    }
  };

  const set = (next: number, origin: WorkerState['concurrency_from']) => {
    from = origin;
    if (next === current) return;
    logger.event('concurrency_changed', { from: current, to: next, by: origin });
    current = next;
    apply(next);
  };

  const beat = () => {
    const now = schedule ? schedule.isOpen(clock.now()) : null;
    if (now !== open) {
      open = now;
      set(scheduled() ?? current, 'schedule');
    }
    void say();
  };

  const handleCommand = (frame: Uint8Array) => {
    const command = WORKER_COMMANDS.frames.decode(frame);
    if (command.kind === 'set_concurrency') {
      if (command.service !== service || (command.worker ?? worker) !== worker) return;
      set(command.concurrency, 'command');
    }
    void say();
  };

  return {
    concurrency: () => current,
    async start() {
      const followed = await bus.follow(WORKER_COMMANDS.name, 'latest', ({ frame }) => handleCommand(frame));
      if (stopped) return followed.stop();
      following = followed;
      timer = setInterval(beat, beatMs);
      beat();
    },
    async stop() {
      stopped = true;
      if (timer) clearInterval(timer);
      const followed = following;
      following = null;
      if (!followed) return;
      await followed.stop();
      // A courtesy: a desk that does not receive it forgets the worker anyway.
      await within(finalStateTimeoutMs, say(true), () => undefined);
    },
  };
}
