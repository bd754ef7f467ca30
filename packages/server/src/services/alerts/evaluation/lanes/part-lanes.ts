import { type InputValue, setInputs } from '@deltastream/conditions';
import { DAY_MS } from '@deltastream/reference';
import { VOCABULARIES } from '../rules/compile-rule.ts';
import type { RuleEntry, RuleSet } from '../rules/rule-set.ts';
import { NEW_STATE, type RuleState } from '../rules/rule-state.ts';
import { createLane, type Lane, type LaneOutcome } from './lane.ts';
import { createWatch, type Watch } from './watch.ts';

/** What is known of a part of the platform, or of a product's data, at one time; or an alert of the log. */
export interface PartObservation {
  readonly subject: 'platform' | 'log';
  /** What it is about, among those of its subject: observations of one key follow each other. */
  readonly key: string;
  /** Null: only rules for every product look at it. */
  readonly product: string | null;
  /** By the names of the subject's figures; what is left out is null. */
  readonly values: Readonly<Record<string, InputValue>>;
  readonly atMs: number;
  readonly epoch: string;
  readonly seq: number;
}

/** Parts of the platform that are evaluated, each with the rules that look at it. */
export interface PartLanes {
  readonly parts: ReadonlyMap<string, Part>;
  /** Null: it is not later than what was seen of its part. */
  observe(observation: PartObservation): PartOutcome | null;
}

export interface PartOutcome extends LaneOutcome {
  readonly part: Part;
  readonly lane: Lane;
  readonly forgotten: readonly Watch[];
}

export interface Part {
  readonly subject: PartObservation['subject'];
  /** As its memory is kept, in place of a product. */
  readonly memory: string;
  readonly product: string | null;
  readonly lane: Lane;
  revision: number;
}

/** Products, services, venues and rules of the log are fewer; of more, the one that came first is forgotten. */
const MOST_PARTS = 10_000;

export interface PartLanesOptions {
  readonly rules: Pick<RuleSet, 'of' | 'revision'>;
  readonly take: (part: string, entry: RuleEntry) => RuleState | null;
}

export function createPartLanes({ rules, take }: PartLanesOptions): PartLanes {
  const parts = new Map<string, Part>();

  function partOf({ subject, key, product }: PartObservation): Part {
    const memory = `${subject}:${key}`;
    const known = parts.get(memory);
    if (known !== undefined && known.product === product) return known;
    const made = { subject, memory, product, lane: createLane(VOCABULARIES[subject]), revision: Number.NaN };
    parts.set(memory, made);
    if (parts.size > MOST_PARTS) parts.delete(parts.keys().next().value as string);
    return made;
  }

  function refresh(part: Part): void {
    const entries = new Set(rules.of(part.subject, part.product));
    const { watches } = part.lane;
    for (const watch of [...watches.all]) {
      if (!entries.delete(watch.entry)) watches.delete(watch);
    }
    for (const entry of entries) watches.add(createWatch(entry, '', take(part.memory, entry) ?? NEW_STATE));
    part.lane.keepPastFor([...watches.all].map(({ entry }) => entry));
    part.revision = rules.revision;
  }

  return {
    parts,
    observe(observation) {
      const part = partOf(observation);
      const { lane, subject } = part;
      const { atMs } = observation;
      if (lane.atMs !== null && atMs < lane.atMs) return null;
      if (part.revision !== rules.revision) refresh(part);
      lane.inputs.numbers.fill(Number.NaN);
      lane.inputs.names.fill(null);
      lane.inputs.lists.fill([]);
      setInputs(lane.inputs, VOCABULARIES[subject], observation.values);
      return { part, lane, forgotten: [], ...lane.observe(atMs, Math.floor(atMs / DAY_MS), true) };
    },
  };
}
