import type { ConditionPart } from '@deltastream/contracts';
import { type CrossingMemory, fromTruth, type ConditionPart as Part } from './evaluators/evaluator.ts';
import type { ConditionInputs } from './inputs.ts';
import type { Position } from './language/problem.ts';

/** The comparisons of a condition in the order of its text, as they are for these inputs. */
export function explainParts(
  text: string,
  parts: readonly Part[],
  inputs: ConditionInputs,
  crossings: CrossingMemory,
): ConditionPart[] {
  const textAt = ({ start, end }: Position) => text.slice(start, end);
  return parts.map(({ position, of, operands }) => ({
    text: textAt(position),
    position: position.start,
    value: fromTruth(of(inputs, crossings)),
    operands: operands.map(({ position: at, evaluator }) => {
      const value = evaluator.of(inputs, crossings);
      return { text: textAt(at), value: typeof value === 'number' && Number.isNaN(value) ? null : value };
    }),
  }));
}
