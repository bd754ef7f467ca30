import Type from 'typebox';
import { ms, settingsFragment } from '../../../kit/settings-fragment.ts';

export const RECONCILIATION = settingsFragment(
  'Reconciliation',
  {
    reconcileBhavcopy: Type.Optional(
      Type.Array(Type.String({ pattern: '\\{DD\\}' }), {
        minItems: 1,
        maxItems: 10,
        description:
          "Files of the exchange's end-of-day reports, by comma, with {YYYY}, {MM}, {MON} and {DD} for the session's " +
          'date; stored closes are compared with them; off without',
      }),
    ),
    reconcileTime: Type.String({
      default: '15:00',
      pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
      description: 'Time of day, UTC, from which the report of a session is looked for',
    }),
  },
  'reconcile',
  {
    intervalMs: ms(900_000, 'How often it is looked for until it is there'),
    settledAfterMs: ms(10_000, 'A file that was written to more recently is not complete', 0),
  },
);
