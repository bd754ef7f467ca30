import type { QuoteSink } from '../../../packages/venues/src/meaning.ts';
import type { Venue } from '../../../packages/venues/src/venue.ts';

/** Counts, on the way to the sink, the ticks of options whose number is not the next of theirs. */
export interface SequenceCheck {
  readonly venue: Venue;
  /** Of options, since the first of each. */
  readonly ticks: number;
  readonly lost: number;
  /** The newest number of a token; undefined for one that gave none. */
  newest(token: number): number | undefined;
}

/** Tokens of the simulator count from here in their upper bytes, so that an array holds what is known of each. */
const FIRST = 10_001;
/** 20 products of 500 contracts and their underlyings are 10,020. */
const MOST_TOKENS = 16_384;

export function checkSequence(venue: Venue): SequenceCheck {
  const newest = new Float64Array(MOST_TOKENS).fill(Number.NaN);
  const counts = { ticks: 0, lost: 0 };
  let target: QuoteSink | null = null;
  const sink: QuoteSink = {
    quote(quote) {
      const { volume } = quote;
      if (volume >= 0) {
        const at = ((quote.id as number) >>> 8) - FIRST;
        const step = volume - newest[at];
        if (step > 0) {
          counts.ticks += step;
          counts.lost += step - 1;
        }
        newest[at] = volume;
      }
      target?.quote(quote);
    },
    state: (id, state, at) => target?.state(id, state, at),
    listed: (id) => target?.listed(id),
    rejected: (_rejection, reason) => {
      throw new Error(reason);
    },
  };
  const { wire } = venue;
  return {
    venue: {
      ...venue,
      wire: wire && {
        ...wire,
        converse: () => {
          const conversation = wire.converse();
          return {
            ...conversation,
            receive: (message, given, reply) => {
              target = given;
              return conversation.receive(message, sink, reply);
            },
          };
        },
      },
    },
    get ticks() {
      return counts.ticks;
    },
    get lost() {
      return counts.lost;
    },
    newest: (token) => {
      const value = newest[(token >>> 8) - FIRST];
      return Number.isNaN(value) ? undefined : value;
    },
  };
}
