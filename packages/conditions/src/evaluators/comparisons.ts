import { nearestName } from '../language/nearest-name.ts';
import { ConditionError, didYouMean, type Position } from '../language/problem.ts';
import type { Compilation, NodeOf } from './compilation.ts';
import {
  type Evaluator,
  FALSE,
  type NumberOf,
  type Operand,
  type TextOf,
  TRUE,
  type Truth,
  type TruthOf,
  toTruth,
  UNKNOWN,
} from './evaluator.ts';

type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!=';
type TextEvaluator = Extract<Evaluator, { type: 'text' }>;

/** Null where either side is. */
export function compileComparison(node: NodeOf<Comparison>, compilation: Compilation): Evaluator {
  const left = compilation.compile(node.args[0]);
  const right = compilation.compile(node.args[1]);
  if (left.type === 'number' && right.type === 'number') {
    const of = compareNumbers(node.op, left.of, right.of);
    compilation.parts.push({ position: node, of, operands: operandsOf(node.args, [left, right]) });
    return { type: 'truth', of };
  }
  const equality = node.op === '==' || node.op === '!=';
  if (equality && left.type === 'text' && right.type === 'text') {
    checkName(left, right, node.args[1]);
    checkName(right, left, node.args[0]);
    const of = compareTexts(node.op === '==', left.of, right.of);
    compilation.parts.push({ position: node, of, operands: operandsOf(node.args, [left, right]) });
    return { type: 'truth', of };
  }
  if (equality && left.type === 'truth' && right.type === 'truth')
    return { type: 'truth', of: compareTruths(node.op === '==', left.of, right.of) };
  throw new ConditionError(`names are equal or not: ${node.op} is for numbers`, node);
}

/** Evaluators of numbers or names with the nodes that they are of. */
export const operandsOf = (
  nodes: readonly Position[],
  evaluators: readonly Operand['evaluator'][],
): Operand[] => evaluators.map((evaluator, i) => ({ position: nodes[i], evaluator }));

/** A literal beside a figure whose names are listed must be one of them: another would never be equal. */
export function checkName(side: TextEvaluator, other: TextEvaluator, at: Position): void {
  const { literal } = other;
  if (literal === null || side.names === null || side.names.includes(literal)) return;
  const nearest = nearestName(literal, side.names);
  throw new ConditionError(
    `"${literal}" is none of ${side.names.join(', ')}${didYouMean(nearest)}`,
    at,
    nearest,
  );
}

function compareNumbers(operator: Comparison, left: NumberOf, right: NumberOf): TruthOf {
  switch (operator) {
    case '<':
      return (i, c) => decide(left(i, c), right(i, c), (a, b) => a < b);
    case '<=':
      return (i, c) => decide(left(i, c), right(i, c), (a, b) => a <= b);
    case '>':
      return (i, c) => decide(left(i, c), right(i, c), (a, b) => a > b);
    case '>=':
      return (i, c) => decide(left(i, c), right(i, c), (a, b) => a >= b);
    case '==':
      return (i, c) => decide(left(i, c), right(i, c), (a, b) => a === b);
    case '!=':
      return (i, c) => decide(left(i, c), right(i, c), (a, b) => a !== b);
  }
}

function decide(a: number, b: number, holds: (a: number, b: number) => boolean): Truth {
  if (Number.isNaN(a) || Number.isNaN(b)) return UNKNOWN;
  return holds(a, b) ? TRUE : FALSE;
}

const compareTexts =
  (same: boolean, left: TextOf, right: TextOf): TruthOf =>
  (inputs) => {
    const a = left(inputs);
    const b = right(inputs);
    return a === null || b === null ? UNKNOWN : toTruth((a === b) === same);
  };

const compareTruths =
  (same: boolean, left: TruthOf, right: TruthOf): TruthOf =>
  (inputs, crossings) => {
    const a = left(inputs, crossings);
    const b = right(inputs, crossings);
    return a === UNKNOWN || b === UNKNOWN ? UNKNOWN : toTruth((a === b) === same);
  };
