import Type from 'typebox';
import { bytes, count, ms, settingsFragment, type ValuesOf } from '../../../kit/settings-fragment.ts';

/** What both buses promise in the same way, in one process or on Redis. */
export const BUS = settingsFragment(
  'Bus',
  {
    maxBacklogBytes: bytes(
      268_435_456,
      'Bytes a consumer may be behind before a replay waits or a live feed drops the oldest',
      1_048_576,
    ),
    overflow: Type.Optional(
      Type.Enum(['wait', 'drop_oldest'], {
        description: 'What publishers do beyond that; by the source: wait for a replay, else drop_oldest',
      }),
    ),
  },
  'bus',
  {
    maxDeliveries: count(5, 'deliveries', 'Deliveries before a frame is a dead letter'),
    redeliveryDelayMs: ms(
      2_000,
      'When a frame that was rejected, or whose consumer is silent, is redelivered',
    ),
    maxDeadLetters: count(10_000, 'letters', 'Dead letters kept per topic; the oldest go first'),
    historyLength: count(256, 'frames', 'Frames kept per topic for followers that resume'),
  },
);

export interface BusSettings extends ValuesOf<typeof BUS.own> {
  /** Beyond the bound: `wait` holds the publisher back (replay), `drop_oldest` drops and counts (live). */
  readonly overflow: 'wait' | 'drop_oldest';
}

export const BUS_DEFAULTS: BusSettings = { ...BUS.defaults, overflow: 'wait' };
