import type { ConditionInputs } from '@deltastream/conditions';
import type { Watch } from './watch.ts';

/**
 * Which of many rules an observation concerns: those that name something that changed, and those that are not quiet. The
 * others cost nothing.
 */
export interface WatchIndex {
  readonly all: ReadonlySet<Watch>;
  add(watch: Watch): void;
  delete(watch: Watch): void;
  /** Those that have to be evaluated on these inputs, given those of the call before. */
  due(inputs: ConditionInputs): Watch[];
  /** Says whether it may be left out as long as nothing that it names changes. */
  settle(watch: Watch, quiet: boolean): void;
}

export function createWatchIndex(inputs: ConditionInputs): WatchIndex {
  const all = new Set<Watch>();
  const restless = new Set<Watch>();
  const byPlace = new Map<number, Set<Watch>>();
  const last = {
    numbers: inputs.numbers.slice().fill(Number.NaN),
    names: inputs.names.map((): string | null => null),
    lists: inputs.lists.map((): readonly string[] => []),
  };
  const firstName = last.numbers.length;
  const firstList = firstName + last.names.length;
  let round = 0;

  function changed(place: number, { numbers, names, lists }: ConditionInputs): boolean {
    if (place < firstName) return !Object.is(numbers[place], last.numbers[place]);
    if (place < firstList) return names[place - firstName] !== last.names[place - firstName];
    return !sameTexts(lists[place - firstList], last.lists[place - firstList]);
  }

  return {
    all,
    add(watch) {
      all.add(watch);
      restless.add(watch);
      watch.quiet = false;
      watch.round = 0; // Of another index, where it follows the nearest expiry.
      for (const place of watch.entry.places) {
        const watches = byPlace.get(place);
        if (watches === undefined) byPlace.set(place, new Set([watch]));
        else watches.add(watch);
      }
    },
    delete(watch) {
      all.delete(watch);
      restless.delete(watch);
      for (const place of watch.entry.places) {
        const watches = byPlace.get(place);
        watches?.delete(watch);
        if (watches?.size === 0) byPlace.delete(place);
      }
    },
    due(inputs) {
      round++;
      const due: Watch[] = [...restless];
      for (const [place, watches] of byPlace) {
        if (!changed(place, inputs)) continue;
        for (const watch of watches) {
          if (!watch.quiet || watch.round === round) continue;
          watch.round = round;
          due.push(watch);
        }
      }
      last.numbers.set(inputs.numbers);
      for (let i = 0; i < last.names.length; i++) last.names[i] = inputs.names[i];
      for (let i = 0; i < last.lists.length; i++) last.lists[i] = inputs.lists[i];
      return due;
    },
    settle(watch, quiet) {
      watch.quiet = quiet;
      if (quiet) restless.delete(watch);
      else restless.add(watch);
    },
  };
}

const sameTexts = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((text, i) => text === b[i]));
