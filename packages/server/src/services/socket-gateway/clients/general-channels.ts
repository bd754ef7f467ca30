import type { MarketStatus, PriceUpdate, ReplayState } from '@deltastream/contracts';
import { withoutFileNames } from '../../../kit/replay/replay-access.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Channel, FanOut, MemberSocket } from '../fan-out/fan-out.ts';
import { encoded } from '../rooms/channels.ts';
import { createPriceSummary } from '../rooms/price-content.ts';

/** What every connection gets: notices at once, and the prices that moved, gathered. */
export interface GeneralChannels {
  /** `controlsReplay`: who may is told which file is played; others are told how the replay stands and no more. */
  join(member: MemberSocket, controlsReplay: boolean): void;
  leave(member: MemberSocket): void;
  /** Tells everyone of a change of the market's status. */
  tell(status: MarketStatus): void;
  /** Tells everyone how the replay stands. */
  replayed(state: ReplayState): void;
  priced(update: PriceUpdate): void;
}

export interface GeneralChannelsOptions {
  readonly fanOut: FanOut;
  readonly clock: Pick<Clock, 'now'>;
  readonly intervalMs: number;
  /** How things stand, for a member that missed notices. */
  readonly status: () => MarketStatus;
  /** Likewise of the replay; null before anything was told of one. */
  readonly replay: () => ReplayState | null;
}

interface Notices extends Channel {
  tell(status: MarketStatus): void;
  replayed(state: ReplayState): void;
}

export function createGeneralChannels(options: GeneralChannelsOptions): GeneralChannels {
  const { fanOut } = options;
  const notices = createNotices('general|notices', withoutFileNames, options);
  const noticesInFull = createNotices('general|notices in full', (state) => state, options);
  const both = [notices, noticesInFull];
  const summary = createPriceSummary(options);

  return {
    join(member, controlsReplay) {
      fanOut.join(member, controlsReplay ? noticesInFull : notices);
      fanOut.join(member, summary.channel);
    },
    leave(member) {
      for (const each of [...both, summary.channel]) fanOut.leave(member, each);
    },
    tell(status) {
      for (const each of both) each.tell(status);
    },
    replayed(state) {
      for (const each of both) each.replayed(state);
    },
    priced: summary.priced,
  };
}

/** Notices as some of the members get them: `shown` says what they are told of a replay. */
function createNotices(
  name: string,
  shown: (state: ReplayState) => ReplayState,
  { fanOut, status, replay }: GeneralChannelsOptions,
): Notices {
  let waiting: MarketStatus[] = [];
  let replayTold: ReplayState | null = null;
  const notices: Notices = {
    name,
    intervalMs: 0,
    take() {
      const events = waiting.map((each) => encoded('market_status', each));
      if (replayTold !== null) events.push(encoded('replay_state', shown(replayTold)));
      waiting = [];
      replayTold = null;
      return events;
    },
    resyncEvents() {
      const state = replay();
      const events = [encoded('market_status', status())];
      return state === null ? events : [...events, encoded('replay_state', shown(state))];
    },
    tell(each) {
      // Nobody takes what is told to nobody.
      if (fanOut.members(notices) === 0) return;
      waiting.push(each);
      fanOut.due(notices);
    },
    replayed(state) {
      if (fanOut.members(notices) === 0) return;
      replayTold = state;
      fanOut.due(notices);
    },
  };
  return notices;
}
