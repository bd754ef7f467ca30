import Type from 'typebox';
import { bytes, count, ms, settingsFragment, type ValuesOf } from '../../../kit/settings-fragment.ts';

/** Where log entries are shipped to, besides being stored. */
export const LOG_SHIPPING = settingsFragment(
  'Shipping of logs',
  {
    shipLogsTo: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^([a-z][a-z0-9-]{0,39}=)?(loki|elastic|otlp)\\+https?://[^\\s#]+$',
          maxLength: 1_000,
        }),
        {
          maxItems: 16,
          secret: true,
          description:
            'Targets by comma, each [NAME=]PROTOCOL+URL of loki, elastic or otlp, such as loki+http://loki:3100?tenant=ops or elastic+https://es:9200?index=logs-app-default; credentials go into --ship-logs-credentials',
        },
      ),
    ),
    shipLogsCredentials: Type.Optional(
      Type.String({
        minLength: 1,
        secret: true,
        description:
          'Of targets, by their names, a line or by comma each: NAME=the value of Authorization, or NAME=HEADER: VALUE; what has a comma stands in quotes, NAME="VALUE"',
      }),
    ),
  },
  'ship',
  {
    batchEntries: count(1_000, 'entries', 'Entries sent to a target at once', 1, 10_000),
    batchBytes: bytes(
      1_048_576,
      'Bytes of entries sent to a target at once, before they are compressed',
      1_024,
    ),
    batchAgeMs: ms(1_000, 'Longest time an entry waits for others before it is sent to a target'),
    spoolBytes: bytes(
      268_435_456,
      'Entries that may wait in the data folder for one target; beyond it the oldest go, counted',
      1_048_576,
    ),
    requestTimeoutMs: ms(10_000, 'Longest time of a request to a target'),
    retryFirstMs: ms(500, 'Wait after the first failed try, doubled with each'),
    retryMaxMs: ms(30_000, 'Longest wait between tries, where a target asks for no longer one'),
  },
);

export type ShipSettings = ValuesOf<typeof LOG_SHIPPING.own>;
