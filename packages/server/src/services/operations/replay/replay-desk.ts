import {
  type EnrichedTick,
  INTERVAL_MS,
  isoTime,
  REPLAY_CHAINS,
  REPLAY_COMMANDS,
  REPLAY_STATE,
  REPLAY_TICKS,
  type ReplayCommand,
  type ReplayOrder,
  type ReplayState,
} from '@deltastream/contracts';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { createPacedWarning } from '../../../kit/logging/paced-warning.ts';
import type { Bus, Subscription } from '../../../ports/bus.ts';
import type { Clock } from '../../../ports/clock.ts';
import { invalidOrder, type OrderedParts, orderedSource, timeIn } from './ordered-source.ts';
import { createReplayController, type ReplayController, type ReplayPass } from './replay-controller.ts';
import type { ReplayInstant, ReplaySource } from './replay-source.ts';

export interface ReplayDeskParts extends Omit<OrderedParts, 'warn'> {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly maxGapMs: number;
}

/** The one replay of a platform. */
export interface ReplayDesk {
  start(): Promise<void>;
  stop(): Promise<void>;
  state(): ReplayState;
  /** Begins a replay in the place of one that is under way. Rejects with `invalid_request`, `not_found`, `no_data` or `unreadable_source`. */
  begin(order: ReplayOrder): Promise<ReplayState>;
  /** Rejects with `not_found` while there is no replay, and with `invalid_request`. */
  control(command: ReplayCommand): ReplayState;
}

/** Gateways that have heard nothing for some of these give the rooms back to the live market. */
const BEAT_MS = 1_000;
/** A replay is not live: nothing that is shown of it is late. Live messages have 0. */
const REPLAYED = 1;
/** Speed of a replay that takes as long as what it shows took. */
const AS_RECORDED = 1;

interface Session {
  readonly id: string;
  readonly order: ReplayOrder;
  readonly source: ReplaySource;
  readonly controller: ReplayController;
  shiftMs: number;
  chains: number;
  ticks: number;
}

const NO_REPLAY: ReplayState = {
  ...{ state: 'stopped', id: null, recording: null, products: [], from: null, to: null, at: null },
  ...{
    shift_ms: 0,
    speed: AS_RECORDED,
    loop: false,
    then_live: false,
    passes: 0,
    chains: 0,
    ticks: 0,
    reason: null,
  },
};

export function createReplayDesk(parts: ReplayDeskParts): ReplayDesk {
  const { bus, clock, logger } = parts;
  const warn = createPacedWarning(logger);
  const follows: Subscription[] = [];
  let session: Session | null = null;
  let beating: NodeJS.Timeout | undefined;

  function state(): ReplayState {
    if (session === null) return NO_REPLAY;
    const { id, order, source, controller, shiftMs, chains, ticks } = session;
    const { state: run, speed, atMs, loops, reason } = controller.progress();
    return {
      ...{ state: run, id, recording: source.recording, products: [...source.products] },
      ...{
        from: instant(source.fromMs),
        to: instant(source.toMs),
        at: instant(atMs),
        shift_ms: shiftMs,
        speed,
      },
      ...{ loop: order.loop ?? false, then_live: order.then_live ?? false, passes: loops, chains, ticks },
      reason: reason === null ? null : withoutFolders(reason).slice(0, 400),
    };
  }

  async function tell(): Promise<void> {
    await bus.publish(REPLAY_STATE.name, REPLAY_STATE.frames.encode(state())).catch((error) => {
      warn('state', 'replay_state_not_told', { reason: reasonOf(error) });
    });
  }

  const isUnderWay = () => session !== null && !['stopped', 'failed'].includes(state().state);

  function play(order: ReplayOrder, source: ReplaySource): Session {
    const id = `r${clock.now().toString(36)}${Math.trunc(clock.monotonicMs()).toString(36)}`;
    let passNumber = 0;
    let numbers = new Map<string, number>();

    const show = async (instant: ReplayInstant, pass: ReplayPass): Promise<void> => {
      if (pass.number !== passNumber) {
        passNumber = pass.number;
        numbers = new Map();
        own.shiftMs = order.shift ? Math.round(clock.now() - instant.timestamp) : 0;
        // Before its first message: gateways know then whose rooms it has.
        await tell();
      }
      const stamp = (kind: string, product: string) => {
        const seq = (numbers.get(`${kind} ${product}`) ?? 0) + 1;
        numbers.set(`${kind} ${product}`, seq);
        return { epoch: `${id}:${pass.number}`, seq, generation: REPLAYED };
      };
      for (const item of instant.items) {
        if (own !== session) return;
        if (item.kind === 'chain') {
          const { chain } = item;
          const times = {
            timestamp: chain.timestamp + own.shiftMs,
            expiry_at: chain.expiry_at + own.shiftMs,
          };
          const frame = REPLAY_CHAINS.frames.encode({ ...chain, ...times, ...stamp('chain', chain.product) });
          await bus.publish(REPLAY_CHAINS.name, frame);
          own.chains += 1;
        } else {
          const tick = shifted(item.tick, own.shiftMs);
          const frame = REPLAY_TICKS.frames.encode({ ...tick, ...stamp('tick', tick.product) });
          await bus.publish(REPLAY_TICKS.name, frame);
          own.ticks += 1;
        }
      }
    };

    const own: Session = {
      ...{ id, order, source, shiftMs: 0, chains: 0, ticks: 0 },
      controller: createReplayController(
        { source, clock, show, changed: () => void (own === session && tell()) },
        {
          speed: order.speed ?? AS_RECORDED,
          paused: order.paused ?? false,
          loop: order.loop ?? false,
          thenLive: order.then_live ?? false,
          maxGapMs: parts.maxGapMs,
        },
      ),
    };
    void own.controller.finished.then(() => {
      const { state: run, reason } = own.controller.progress();
      logger.event('replay_ended', { replay: id, state: run, reason, chains: own.chains, ticks: own.ticks });
    });
    return own;
  }

  const control: ReplayDesk['control'] = (command) => {
    if (session === null || !isUnderWay()) {
      throw new DeltaStreamError('not_found', 'there is no replay; POST /api/replay begins one');
    }
    const { controller, source } = session;
    switch (command.action) {
      case 'pause':
        controller.pause();
        break;
      case 'resume':
        controller.resume();
        break;
      case 'step':
        controller.step(command.instants ?? 1);
        break;
      case 'stop':
        controller.stop();
        break;
      case 'speed':
        if (command.speed === undefined) throw invalidOrder('`speed` of the action `speed` is missing');
        controller.setSpeed(command.speed);
        break;
      case 'seek': {
        if (command.at === undefined) throw invalidOrder('`at` of the action `seek` is missing');
        const at = timeIn(command.at);
        const { fromMs, toMs } = source;
        if ((fromMs !== null && at < fromMs) || (toMs !== null && at >= toMs)) {
          throw invalidOrder(
            `\`at\` ${command.at} is not within the replay, ${instant(fromMs)} to ${instant(toMs)}`,
          );
        }
        controller.seek(at);
      }
    }
    return state();
  };

  return {
    async start() {
      follows.push(
        await bus.follow(REPLAY_COMMANDS.name, 'latest', ({ frame }) => {
          try {
            control(REPLAY_COMMANDS.frames.decode(frame));
          } catch (error) {
            warn('command', 'replay_command_left_out', { reason: reasonOf(error) });
          }
        }),
      );
      beating = setInterval(() => void (isUnderWay() && tell()), BEAT_MS);
    },
    async stop() {
      clearInterval(beating);
      await Promise.all(follows.splice(0).map((each) => each.stop()));
      if (session === null) return;
      session.controller.stop();
      await session.controller.finished;
      await tell();
    },
    state,
    async begin(order) {
      const source = await orderedSource(order, { ...parts, warn });
      session?.controller.stop();
      session = play(order, source);
      logger.event('replay_started', {
        replay: session.id,
        recording: source.recording,
        products: source.products,
      });
      return state();
    },
    control,
  };
}

/** A tick at a later or earlier time. Its bars begin by the clock of UTC then: those of its exchange are of other hours. */
function shifted(tick: EnrichedTick, byMs: number): EnrichedTick {
  if (byMs === 0) return tick;
  const timestamp = tick.timestamp + byMs;
  const bars = tick.bars.map((bar) => {
    const start = timestamp - (timestamp % INTERVAL_MS[bar.interval]);
    return { ...bar, start, open_at: bar.open_at + byMs, close_at: bar.close_at + byMs };
  });
  return { ...tick, timestamp, bars };
}

const instant = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

/** What everyone is told: where files lie on the machine is for its log alone. */
const withoutFolders = (reason: string): string =>
  reason.replaceAll(/(['"])\/[^'"]*\//g, '$1').replaceAll(/(^|[\s(])(?:\/[^\s/'"]+)+\//g, '$1');
