import type { MarketStatus, ReplayState } from '@deltastream/client';
import { ExpiryChips } from '../frame/expiry-chips.tsx';
import { ConnectionBanner } from '../frame/status/connection.tsx';
import { DataLabel, ProblemBanner } from '../frame/status/data-status.tsx';
import { TimeBar } from '../time/time-bar.tsx';
import { ADMINISTRATOR, AT, EXPIRIES, FixedMarket } from './fixed-market.tsx';
import type { Story } from './story.ts';

const LIVE: MarketStatus = { status: 'live', reason: null, timestamp: AT, sessions: {}, phases: {} };
const STOPPED: MarketStatus = {
  ...LIVE,
  status: 'interrupted',
  problems: [{ part: 'feed', code: 'feed_stopped', reason: 'the feed has stopped', since: AT, fault: true }],
};
const FULL: MarketStatus = {
  ...LIVE,
  problems: [
    {
      part: 'storage',
      code: 'service_not_ready',
      reason: 'storage is not ready: market_store',
      since: AT,
      fault: true,
    },
  ],
};

const REPLAY: ReplayState = {
  ...{
    state: 'playing',
    id: 'r1',
    recording: null,
    products: ['NIFTY'],
    at: AT,
    passes: 0,
    chains: 9,
    ticks: 9,
  },
  ...{ from: '2026-08-19T03:45:00.000Z', to: '2026-08-19T10:00:01.000Z', shift_ms: 0, speed: 60 },
  ...{ loop: false, then_live: true, reason: null },
};

export const FRAME_STORIES: readonly Story[] = [
  { name: 'expiries, live', shown: <ExpiryChips /> },
  {
    name: 'expiries, as of an instant, another one shown',
    shown: (
      <FixedMarket view={{ at: AT, expiry: EXPIRIES[1].expiry }}>
        <ExpiryChips />
      </FixedMarket>
    ),
  },
  {
    name: 'status, before the first figures',
    shown: (
      <FixedMarket status={LIVE}>
        <DataLabel />
      </FixedMarket>
    ),
  },
  {
    name: 'status, stopped',
    shown: (
      <FixedMarket status={STOPPED}>
        <DataLabel />
      </FixedMarket>
    ),
  },
  {
    name: 'status, connecting',
    shown: (
      <FixedMarket state="connecting">
        <DataLabel />
      </FixedMarket>
    ),
  },
  {
    name: 'status, as of an instant',
    shown: (
      <FixedMarket view={{ at: AT }}>
        <DataLabel />
      </FixedMarket>
    ),
  },
  {
    name: 'server away',
    wide: true,
    shown: (
      <FixedMarket state="connecting" view={{ failed: true }}>
        <ConnectionBanner />
      </FixedMarket>
    ),
  },
  {
    name: 'nothing is stored',
    wide: true,
    shown: (
      <FixedMarket status={FULL}>
        <ProblemBanner />
      </FixedMarket>
    ),
  },
  {
    name: 'time bar, live',
    wide: true,
    shown: (
      <FixedMarket>
        <TimeBar />
      </FixedMarket>
    ),
  },
  {
    name: 'time bar, as of an instant',
    wide: true,
    shown: (
      <FixedMarket view={{ at: AT }}>
        <TimeBar />
      </FixedMarket>
    ),
  },
  {
    name: 'time bar, a replay, of a viewer',
    wide: true,
    shown: (
      <FixedMarket status={LIVE} replay={REPLAY}>
        <TimeBar />
      </FixedMarket>
    ),
  },
  {
    name: 'time bar, a replay of a recording that is paused, of an administrator',
    wide: true,
    shown: (
      <FixedMarket
        status={LIVE}
        replay={{ ...REPLAY, state: 'paused', recording: 'nifty_20260819.csv.gz', loop: true, shift_ms: 1 }}
        user={ADMINISTRATOR}
      >
        <TimeBar />
      </FixedMarket>
    ),
  },
  {
    name: 'time bar, live, a replay of other products, of an administrator',
    wide: true,
    shown: (
      <FixedMarket status={LIVE} replay={{ ...REPLAY, products: ['BANKNIFTY'] }} user={ADMINISTRATOR}>
        <TimeBar />
      </FixedMarket>
    ),
  },
];
