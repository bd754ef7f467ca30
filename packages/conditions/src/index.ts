export {
  type CompiledCondition,
  type Condition,
  type ConditionHistory,
  compileCondition,
} from './compile-condition.ts';
export type { ChangeNeed } from './evaluators/compilation.ts';
export type { CrossingMemory } from './evaluators/evaluator.ts';
export {
  type ConditionInputs,
  createInputs,
  type InputValue,
  NO_PAST,
  type PastFigures,
  setInputs,
} from './inputs.ts';
export { FUNCTIONS } from './language/functions.ts';
export type { ConditionProblem, Position } from './language/problem.ts';
export { createVocabulary, type Vocabulary, type Word } from './vocabulary.ts';
