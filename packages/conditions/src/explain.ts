import type { ConditionPart, CrossingMemory } from './evaluators/evaluator.ts';
import { fromTruth } from './evaluators/truth.ts';
import type { ConditionInputs } from './inputs.ts';
import type { Position } from './language/problem.ts';

/** A comparison of a condition, as it is for some inputs. */
export interface ExplainedPart {
  readonly text: string;
  readonly position: Position;
  readonly value: boolean | null;
  /** What is compared, left and right; of `x in list` the x. */
  readonly operands: readonly (number | string | null)[];
}

export const explainParts = (
  text: string,
  parts: readonly ConditionPart[],
  inputs: ConditionInputs,
  crossings: CrossingMemory,
): ExplainedPart[] =>
  parts.map(({ position: { start, end }, of, operands }) => ({
    text: text.slice(start, end),
    position: { start, end },
    value: fromTruth(of(inputs, crossings)),
    operands: operands.map((operand) => {
      const value = operand.of(inputs, crossings);
      return typeof value === 'number' && Number.isNaN(value) ? null : value;
    }),
  }));
