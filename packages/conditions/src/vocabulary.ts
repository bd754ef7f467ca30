import type { ConditionFigure, ConditionFigures } from '@deltastream/contracts';
import type { Environment } from '@marcbachmann/cel-js';
import { createEnvironment } from './language/environment.ts';

/** A figure and where its value lies among those of its kind. */
export interface Word {
  readonly name: string;
  readonly figure: ConditionFigure;
  readonly slot: number;
}

/** What conditions may name, with the checker of their language. Made once; any number of conditions are compiled with it. */
export interface Vocabulary {
  readonly words: ReadonlyMap<string, Word>;
  /** Names of the numbers, by slot. */
  readonly numbers: readonly string[];
  /** Names of the texts, by slot. */
  readonly names: readonly string[];
  /** Names of the lists of texts, by slot. */
  readonly lists: readonly string[];
  readonly environment: Environment;
}

export function createVocabulary(figures: ConditionFigures): Vocabulary {
  const slots: Record<ConditionFigure['kind'], string[]> = { number: [], name: [], names: [] };
  const words = new Map<string, Word>();
  for (const [name, figure] of Object.entries(figures)) {
    words.set(name, { name, figure, slot: slots[figure.kind].push(name) - 1 });
  }
  return {
    words,
    numbers: slots.number,
    names: slots.name,
    lists: slots.names,
    environment: createEnvironment(figures),
  };
}
