import Type from 'typebox';
import { count, ms, settingsFragment } from '../../kit/settings-fragment.ts';

export const FEED = settingsFragment(
  'Feed',
  {
    speed: Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Literal('max')], {
      default: 1,
      description: 'Replay speed: a factor of recorded time, or max',
    }),
    keepExisting: Type.Boolean({
      default: false,
      description: 'An import or a replay fills what is free and leaves what is stored; else the later wins',
    }),
  },
  'feed',
  {
    maxGapMs: ms(3_600_000, 'A longer pause of a recording, such as a night, is skipped'),
    staleAfterMs: ms(10_000, 'Not ready when a message is overdue by more than this'),
    stopTimeoutMs: ms(5_000, 'Longest time a stop of the feed may take'),
    rejectionsLogged: count(20, 'reasons', 'Reasons of rejected parts logged, each once with its count', 0),
    maxRetryMs: ms(5_000, 'Longest wait between two tries to publish'),
    conflateAbove: Type.Number({
      default: 0.5,
      minimum: 0,
      maximum: 1,
      unit: 'share',
      description:
        'Share of --max-backlog-bytes above which a live feed sends of each expiry the latest chain only',
    }),
    conflationMs: ms(1_000, 'How often it sends those'),
  },
);
