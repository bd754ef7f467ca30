import { type ConditionInputs, createInputs, type Vocabulary } from '@deltastream/conditions';
import { createFigureHistory, type FigureHistory } from '../inputs/figure-history.ts';
import { step } from '../rules/rule-machine.ts';
import type { RuleEntry } from '../rules/rule-set.ts';
import type { Watch } from './watch.ts';
import { createWatchIndex, type WatchIndex } from './watch-index.ts';

/** The figures of one product and expiry, or of one part of the platform, with the rules that look at them. */
export interface Lane {
  readonly inputs: ConditionInputs;
  readonly history: FigureHistory;
  readonly watches: WatchIndex;
  /** Time of the newest observation; null before the first. */
  readonly atMs: number | null;
  /** As the newest observation said. */
  readonly inSession: boolean;
  /** From now on it keeps the past that these rules need. */
  keepPastFor(entries: readonly RuleEntry[]): void;
  /** The inputs were set for this time: evaluates the rules that it concerns. */
  observe(atMs: number, session: number, inSession: boolean): LaneOutcome;
}

export interface LaneOutcome {
  /** Rules whose state changed. */
  readonly changed: readonly Watch[];
  readonly fired: readonly Watch[];
  /** Rules whose own time is over; they are not evaluated. */
  readonly expired: readonly Watch[];
}

export function createLane(vocabulary: Vocabulary): Lane {
  const inputs = createInputs(vocabulary);
  const history = createFigureHistory();
  const watches = createWatchIndex(inputs);
  inputs.past = history;
  let lastMs: number | null = null;
  let open = false;

  return {
    inputs,
    history,
    watches,
    get atMs() {
      return lastMs;
    },
    get inSession() {
      return open;
    },
    keepPastFor(entries) {
      history.need({
        changes: entries.flatMap(({ changes }) => changes),
        closes: entries.flatMap(({ closes }) => closes),
      });
    },
    observe(atMs, session, inSession) {
      const observation = { inputs, atMs, sinceLastMs: lastMs === null ? 0 : atMs - lastMs, inSession };
      lastMs = atMs;
      open = inSession;
      history.note(atMs, session, inputs.numbers);
      const changed: Watch[] = [];
      const fired: Watch[] = [];
      const expired: Watch[] = [];
      for (const watch of watches.due(inputs)) {
        const { compiled } = watch.entry;
        if (atMs >= compiled.expiresAt) {
          expired.push(watch);
          watches.settle(watch, true);
          continue;
        }
        const before = watch.state;
        const after = step(compiled, before, observation);
        watch.seen = before;
        watch.state = after.state;
        const isSame = after.state === before;
        if (!isSame) changed.push(watch);
        if (after.fired) fired.push(watch);
        watches.settle(watch, isSame && before.phase !== 'pending' && !compiled.moving);
      }
      return { changed, fired, expired };
    },
  };
}
