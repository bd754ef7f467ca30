import {
  WORKER_COMMANDS,
  WORKER_STATES,
  type WorkerCommand,
  type WorkerState,
  type WorkerView,
} from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { LIFECYCLE } from '../../../kit/lifecycle/lifecycle-settings.ts';
import type { Bus, Subscription } from '../../../ports/bus.ts';
import type { Clock } from '../../../ports/clock.ts';

export interface ScaleOrder {
  readonly service: string;
  readonly concurrency: number;
  /** One consumer only; all of the service without. */
  readonly worker?: string;
}

/** The scalable consumers of every process on the bus. */
export interface WorkerDesk {
  /** Asks all to report, and listens from now on. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Those that reported lately, by service and name. */
  list(): WorkerView[];
  /** Resolves with who was told. Rejects with `not_found` when nobody of that name is known. */
  scale(order: ScaleOrder): Promise<string[]>;
}

/** A worker that missed three beats is taken for gone. */
const MISSED_BEATS = 3;

export function createWorkerDesk(
  { bus, clock }: { readonly bus: Bus; readonly clock: Clock },
  beatMs = LIFECYCLE.defaults.beatMs,
): WorkerDesk {
  const received = new Map<string, { readonly state: WorkerState; readonly at: number }>();
  let following: Subscription | null = null;

  const receive = (frame: Uint8Array) => {
    const state = WORKER_STATES.frames.decode(frame);
    if (state.ended) received.delete(state.worker);
    else received.set(state.worker, { state, at: clock.monotonicMs() });
  };

  const tell = (command: WorkerCommand) =>
    bus.publish(WORKER_COMMANDS.name, WORKER_COMMANDS.frames.encode(command));

  const list = (): WorkerView[] => {
    for (const [worker, { at }] of received)
      if (clock.monotonicMs() - at > MISSED_BEATS * beatMs) received.delete(worker);
    return [...received.values()]
      .map(({ state: { ended: _ended, ...view } }) => view)
      .sort((a, b) => `${a.service} ${a.worker}`.localeCompare(`${b.service} ${b.worker}`));
  };

  return {
    async start() {
      following = await bus.follow(WORKER_STATES.name, 'latest', ({ frame }) => receive(frame));
      await tell({ kind: 'report' });
    },
    async stop() {
      await following?.stop();
      following = null;
    },
    list,
    async scale({ service, concurrency, worker }) {
      const told = list().filter(
        (each) => each.service === service && (worker === undefined || each.worker === worker),
      );
      if (told.length === 0) {
        throw new DeltaStreamError(
          'not_found',
          `no consumer of ${service} is known${worker ? ` as ${worker}` : ''}`,
        );
      }
      await tell({ kind: 'set_concurrency', service, worker: worker ?? null, concurrency });
      return told.map((each) => each.worker);
    },
  };
}
