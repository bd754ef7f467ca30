import Type from 'typebox';
import { count, ms, settingsFragment, type ValuesOf } from '../settings-fragment.ts';

export const TRACING = settingsFragment('Tracing', {
  traceSampleRate: Type.Number({
    default: 0.01,
    minimum: 0,
    maximum: 1,
    unit: 'share',
    description:
      'Share of requests and of messages of a feed whose way is recorded; what fails or is slow always is',
  }),
  traceAskedPerSecond: count(
    50,
    'traces/s',
    'Traces recorded because callers ask for them, in each process; of more the usual share, so that nobody fills the log',
    0,
  ),
  traceSlowMs: ms(1_000, 'A request, job or message that takes longer is recorded'),
});

export type TracingRules = ValuesOf<typeof TRACING.own>;
