import type { Logger } from '../../kit/logging/log.ts';
import type { PacedWarning } from '../../kit/logging/paced-warning.ts';
import type { Position, Subscription } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { createGeneralChannels } from './clients/general-channels.ts';
import { createFanOut } from './fan-out/create-fan-out.ts';
import type { BacklogPolicy } from './fan-out/fan-out.ts';
import { createFlushTraces } from './fan-out/trace-flush.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import { createMarketState, followStreams } from './market/create-market-state.ts';
import { createMarketStatus, type MarketStatusPorts } from './market/market-status.ts';
import { createOwnerFirings, followFirings } from './market/owner-firings.ts';
import { createReplayWatch, followReplay } from './replay/replay-watch.ts';
import { createRoomChannels } from './rooms/channels.ts';
import { contentOf } from './rooms/room-content.ts';
import type { SocketGatewaySettings } from './settings.ts';

export interface BroadcastParts extends Omit<MarketStatusPorts, 'products'> {
  readonly clock: Clock;
  /** For clients that do not read. */
  readonly backlog: BacklogPolicy;
  readonly metrics: GatewayMetrics;
  readonly warnPaced: PacedWarning;
  readonly logger: Logger;
}

/** How often to look for lost messages and for sessions of markets that began or ended. */
const WATCH_MS = 250;

/** What the bus brings, and its way to the channels that clients are in. */
export function createBroadcast(parts: BroadcastParts, settings: SocketGatewaySettings) {
  const { bus, clock, backlog, metrics, warnPaced } = parts;
  const state = createMarketState({ ...settings, isStale: parts.platform?.isStale });
  const firings = createOwnerFirings({ ...settings, maxOwners: settings.maxAlertOwners });
  const replay = createReplayWatch({
    changedSource: state.rejoin,
    told: (told) => general.replayed(told),
  });
  const status = createMarketStatus({
    ...parts,
    products: state.products,
    instantOf: replay.instantOf,
  });
  const fanOut = createFanOut(backlog, {
    sliceMs: settings.sliceMs,
    flushed: metrics.delivery,
    traceFlush: createFlushTraces(parts.logger),
  });
  const channels = createRoomChannels({
    contentOf: (request, grant) => contentOf(request, grant, state, firings),
    fanOut,
    maxChannels: settings.maxChannels,
    meters: metrics,
  });
  const general = createGeneralChannels({
    fanOut,
    clock,
    intervalMs: settings.generalIntervalMs,
    status: status.now,
    replay: replay.state,
  });
  const follows: Subscription[] = [];
  let watching: NodeJS.Timeout | undefined;

  status.watch(general.tell);
  state.listen({
    changed: channels.changed,
    priced: general.priced,
    lost(loss) {
      const { stream, product, range } = loss;
      metrics.lost.inc({ stream }, range.to - range.from + 1);
      warnPaced(`${stream} ${product}`, 'messages_missing', { stream, product, ...range });
      channels.lost(loss);
    },
  });

  firings.listen({
    changed: (owner) => channels.changed({ type: 'own_alerts', product: owner }),
    lost(owner, range) {
      metrics.lost.inc({ stream: 'own_alerts' }, range.to - range.from + 1);
      warnPaced(`own alerts ${owner}`, 'messages_missing', { stream: 'own_alerts', owner, ...range });
      channels.lost({ stream: 'own_alerts', product: owner, range });
    },
  });

  return {
    state,
    status,
    fanOut,
    channels,
    general,
    replay,
    async start() {
      const onMalformed = (topic: string, position: Position, reason: string) => {
        metrics.malformed.inc({ topic });
        warnPaced(topic, 'message_left_out', { topic, position, reason });
      };
      const onLate = (topic: string) => metrics.late.inc({ topic });
      await followStreams(bus, state, follows, { onLate, onMalformed }, replay.shown);
      await followFirings(bus, firings, follows, { onLate, onMalformed });
      await followReplay(bus, replay, follows, { ...state, onMalformed });
      status.check();
      watching = setInterval(() => {
        state.expire();
        firings.expire();
        replay.expire();
        status.check();
      }, WATCH_MS);
    },
    async stop() {
      clearInterval(watching);
      status.stop();
      await Promise.all(follows.splice(0).map((each) => each.stop()));
      fanOut.stop();
    },
  };
}

export type Broadcast = ReturnType<typeof createBroadcast>;
