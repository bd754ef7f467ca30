import type { ConditionInputs } from '../inputs.ts';
import type { Position } from '../language/problem.ts';

/** True, false, or neither because something is null. Numbers, as they are what evaluators pass on. */
export const FALSE = 0;
export const TRUE = 1;
export const UNKNOWN = 2;
export type Truth = typeof FALSE | typeof TRUE | typeof UNKNOWN;

export const toTruth = (value: boolean): Truth => (value ? TRUE : FALSE);
export const fromTruth = (truth: Truth): boolean | null => (truth === UNKNOWN ? null : truth === TRUE);

/**
 * Of each crossing of a condition, in the order of the text, whether it was beyond its level at the last chain at which
 * that was defined: `+` beyond, `-` not, `?` never defined. A condition without crossings has ''.
 */
export type CrossingMemory = string;

/** NaN: null. A result that is not finite, as of a division by 0, is null as well. */
export type NumberOf = (inputs: ConditionInputs, crossings: CrossingMemory) => number;
export type TextOf = (inputs: ConditionInputs) => string | null;
export type TruthOf = (inputs: ConditionInputs, crossings: CrossingMemory) => Truth;

/** What one node of a condition became. */
export type Evaluator =
  | {
      readonly type: 'number';
      readonly of: NumberOf;
      /** The figure, where the node is one and nothing else. */
      readonly figure: string | null;
      /** Made of whole numbers only: CEL divides those as whole numbers. */
      readonly whole: boolean;
    }
  | {
      readonly type: 'text';
      readonly of: TextOf;
      /** What it can be; null: any. */
      readonly names: readonly string[] | null;
      readonly literal: string | null;
    }
  | { readonly type: 'truth'; readonly of: TruthOf };

/** One side of a comparison. */
export interface Operand {
  readonly position: Position;
  readonly evaluator: Exclude<Evaluator, { type: 'truth' }>;
}

/** Part of a condition that is true or false by itself: a comparison, a crossing, a look into a list. */
export interface ConditionPart {
  readonly position: Position;
  readonly of: TruthOf;
  /** What is compared, such as a figure and its threshold. */
  readonly operands: readonly Operand[];
}
