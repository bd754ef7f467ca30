import { ms, settingsFragment } from '../settings-fragment.ts';

/** What processes say of themselves on the bus, and when it says that one is in trouble. */
export const PRESENCE = settingsFragment(
  'Platform status',
  {
    heartbeatMs: ms(500, 'How often each process says on the bus how it is', 50, 60_000),
    awayAfterMs: ms(
      2_000,
      'Silence of a process after which its services are reported as away',
      200,
      300_000,
    ),
  },
  'status',
  {
    checkMs: ms(250, 'How often the processes on the bus are judged'),
    graceMs: ms(3_000, 'How long to wait before what has not reported is missing'),
    staleAfterMs: ms(
      2_000,
      'A product is stale when its figures are older than its quotes by more than this',
    ),
    finalStateTimeoutMs: ms(300, 'Longest wait of a stop until the bus has the last state of a process'),
    quietAfterMs: ms(5_000, 'A product without news for so long, and for three of its intervals, is stale'),
  },
);
