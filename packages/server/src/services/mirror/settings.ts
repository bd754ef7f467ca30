import Type from 'typebox';
import { count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

export const MIRROR = settingsFragment(
  'Mirror',
  {
    mirror: Type.Optional(
      Type.String({
        pattern: '^rediss?://.+$',
        description:
          'Redis on which prices, chains and summaries are published as JSON, for programs in any language; by default none is',
        secret: true,
      }),
    ),
  },
  'mirror',
  {
    keepMs: ms(300_000, 'How long the latest price and chain are kept by their keys'),
    maxWaiting: count(4_096, 'messages', 'Latest messages that wait to be published; more are dropped', 1),
    cpuShare: Type.Number({
      default: 0.05,
      exclusiveMinimum: 0,
      maximum: 1,
      unit: 'share',
      description: 'Share of a core that the mirror may take; beyond it the latest of each expiry are sent',
    }),
  },
);

export type MirrorSettings = Omit<ValuesOf<typeof MIRROR.own>, 'mirror'>;
