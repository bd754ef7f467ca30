import type { OptionInstrument } from '../../instrument.ts';
import type { QuoteSink } from '../../meaning.ts';
import type { Poll } from '../../venue.ts';
import type { ConnectionCounts } from '../connection-state.ts';
import type { ConnectionPorts } from '../ports.ts';
import { createRequestLoop, type RequestLoop } from './request-loop.ts';

export interface PollLoopOptions {
  /** Name of the venue. */
  readonly venue: string;
  readonly poll: Poll;
  readonly sink: QuoteSink;
  /** Those to ask for, when a request begins; none is made for none. */
  readonly options: () => readonly OptionInstrument[];
  /** Longest time of one request, ms. */
  readonly deadlineMs: number;
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
}

/** Makes the requests of a poll. What one that was given up says later is of no time, and goes nowhere. */
export function createPollLoop(
  { venue, poll, sink, options, ...times }: PollLoopOptions,
  ports: ConnectionPorts,
): RequestLoop {
  return createRequestLoop(
    {
      ...times,
      name: `${venue} ${poll.name}`,
      kind: 'poll',
      intervalMs: poll.intervalMs,
      leastIntervalMs: poll.intervalMs,
      async run(signal, counts) {
        const asked = options();
        if (asked.length > 0) await poll.run(asked, sinkUntil(signal, sink, counts), signal);
        return asked.length;
      },
    },
    ports,
  );
}

function sinkUntil(signal: AbortSignal, sink: QuoteSink, counts: ConnectionCounts): QuoteSink {
  return {
    quote(quote) {
      if (signal.aborted) return;
      counts.quotes++;
      sink.quote(quote);
    },
    state(id, state, at) {
      if (!signal.aborted) sink.state(id, state, at);
    },
    listed(id) {
      if (!signal.aborted) sink.listed(id);
    },
    // The connector has it, whether or not the request was given up.
    completes: sink.completes,
    rejected(rejection, reason) {
      if (signal.aborted) return;
      counts.rejected++;
      sink.rejected(rejection, reason);
    },
  };
}
