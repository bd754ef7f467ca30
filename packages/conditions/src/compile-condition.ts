import { type ConditionPart, MAX_CONDITION_LENGTH } from '@deltastream/contracts';
import { TypeError as CelTypeError, ParseError } from '@marcbachmann/cel-js';
import type { ChangeNeed, Compilation } from './evaluators/compilation.ts';
import { compileNode } from './evaluators/compile-node.ts';
import { type CrossingMemory, fromTruth, TRUE, UNKNOWN } from './evaluators/evaluator.ts';
import { explainParts } from './explain.ts';
import type { ConditionInputs } from './inputs.ts';
import { explainError } from './language/explain-error.ts';
import { ConditionError, type ConditionProblem } from './language/problem.ts';
import type { Vocabulary } from './vocabulary.ts';

/** What of the past a condition needs. */
export interface ConditionHistory {
  readonly changes: readonly ChangeNeed[];
  /** Figures whose previous close it needs. */
  readonly previousCloses: readonly string[];
  /** How many crossings it has. */
  readonly crossings: number;
}

/** A condition that was checked. It keeps nothing from one evaluation to the next. */
export interface Condition {
  readonly text: string;
  /** Figures that it names, in the order of the text. */
  readonly figures: readonly string[];
  readonly history: ConditionHistory;
  /** Null where what it depends on is null. `crossings` is what {@link Condition.cross} gave for the chain before. */
  evaluate(inputs: ConditionInputs, crossings?: CrossingMemory): boolean | null;
  /** What its crossings keep for the next chain; the same text where nothing passed its level. */
  cross(inputs: ConditionInputs, crossings?: CrossingMemory): CrossingMemory;
  /** Its comparisons in the order of the text, each with its value and what was compared. */
  explain(inputs: ConditionInputs, crossings?: CrossingMemory): ConditionPart[];
}

export type CompiledCondition =
  | { readonly ok: true; readonly condition: Condition }
  | ({ readonly ok: false } & ConditionProblem);

/** Checks a text and makes it a condition; says what is wrong with it, and where, otherwise. */
export function compileCondition(text: string, vocabulary: Vocabulary): CompiledCondition {
  try {
    return { ok: true, condition: compile(text, vocabulary) };
  } catch (error) {
    if (error instanceof ConditionError) return { ok: false, ...error.problem };
    throw error;
  }
}

function compile(text: string, vocabulary: Vocabulary): Condition {
  const compilation: Compilation = {
    text,
    vocabulary,
    figures: new Set(),
    changes: new Map(),
    previousCloses: new Set(),
    crossings: [],
    parts: [],
    compile: (node) => compileNode(node, compilation),
  };
  const tree = checkedTree(text, vocabulary);
  const root = compilation.compile(tree);
  if (root.type !== 'truth')
    throw new ConditionError('a condition is true or false: compare the figure with something', tree);
  const { figures, changes, previousCloses, crossings, parts } = compilation;
  parts.sort((a, b) => a.position.start - b.position.start || b.position.end - a.position.end);
  return {
    text,
    figures: [...figures],
    history: {
      changes: [...changes.values()],
      previousCloses: [...previousCloses],
      crossings: crossings.length,
    },
    evaluate: (inputs, memory = '') => fromTruth(root.of(inputs, memory)),
    cross(inputs, memory = '') {
      let next = '';
      for (let i = 0; i < crossings.length; i++) {
        const beyond = crossings[i](inputs, memory);
        next += beyond === UNKNOWN ? (memory[i] ?? '?') : beyond === TRUE ? '+' : '-';
      }
      return next;
    },
    explain: (inputs, memory = '') => explainParts(text, parts, inputs, memory),
  };
}

function checkedTree(text: string, vocabulary: Vocabulary) {
  if (text.length > MAX_CONDITION_LENGTH) {
    throw new ConditionError(`the condition is longer than ${MAX_CONDITION_LENGTH} characters`, {
      start: MAX_CONDITION_LENGTH,
      end: text.length,
    });
  }
  try {
    const parsed = vocabulary.environment.parse(text);
    const { error } = parsed.check();
    if (error !== undefined) throw error;
    return parsed.ast;
  } catch (error) {
    if (!isCelError(error)) throw error;
    const { message, position, suggestion } = explainError(error, text, vocabulary);
    throw new ConditionError(message, position, suggestion);
  }
}

const isCelError = (error: unknown): error is ParseError | CelTypeError =>
  error instanceof ParseError || error instanceof CelTypeError;
