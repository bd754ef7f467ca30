import type { Vocabulary } from './vocabulary.ts';

/** What figures were; NaN where that is not known. */
export interface PastFigures {
  /** The number of this slot as it was so long before the chain. */
  before(slot: number, spanMs: number): number;
  /** The last number of this slot in the session before. */
  previousClose(slot: number): number;
}

/** What a condition is evaluated on: values by the slots of its vocabulary. May be filled anew for each chain. */
export interface ConditionInputs {
  /** NaN where a figure is null. */
  readonly numbers: Float64Array;
  readonly names: (string | null)[];
  readonly lists: (readonly string[])[];
  past: PastFigures;
}

export const NO_PAST: PastFigures = { before: () => Number.NaN, previousClose: () => Number.NaN };

/** Inputs in which every figure is null and every list is empty. */
export const createInputs = (vocabulary: Vocabulary): ConditionInputs => ({
  numbers: new Float64Array(vocabulary.numbers.length).fill(Number.NaN),
  names: vocabulary.names.map(() => null),
  lists: vocabulary.lists.map(() => []),
  past: NO_PAST,
});

export type InputValue = number | string | readonly string[] | null;

/** Sets figures by their names; those that the vocabulary has not are left out. */
export function setInputs(
  inputs: ConditionInputs,
  vocabulary: Vocabulary,
  values: Readonly<Record<string, InputValue>>,
): void {
  for (const [name, value] of Object.entries(values)) {
    const word = vocabulary.words.get(name);
    switch (word?.figure.kind) {
      case 'number':
        inputs.numbers[word.slot] = typeof value === 'number' ? value : Number.NaN;
        break;
      case 'name':
        inputs.names[word.slot] = typeof value === 'string' ? value : null;
        break;
      case 'names':
        inputs.lists[word.slot] = Array.isArray(value) ? value : [];
        break;
    }
  }
}
