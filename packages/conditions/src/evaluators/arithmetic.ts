import { ConditionError } from '../language/problem.ts';
import type { Compilation, NodeOf } from './compilation.ts';
import type { Evaluator, NumberOf } from './evaluator.ts';
import { numberOf } from './expect.ts';

export function compileArithmetic(
  node: NodeOf<'+' | '-' | '*' | '/' | '-_'>,
  compilation: Compilation,
): Evaluator {
  if (node.op === '-_') {
    const { of, whole } = numberOf(node.args, compilation);
    return { type: 'number', of: (inputs, crossings) => -of(inputs, crossings), figure: null, whole };
  }
  const left = numberOf(node.args[0], compilation);
  const right = numberOf(node.args[1], compilation);
  const whole = left.whole && right.whole;
  if (node.op === '/' && whole)
    throw new ConditionError('whole numbers divide to a whole number, as 1/2 to 0: write 1.0/2', node);
  return { type: 'number', of: operation(node.op, left.of, right.of), figure: null, whole };
}

function operation(operator: '+' | '-' | '*' | '/', left: NumberOf, right: NumberOf): NumberOf {
  switch (operator) {
    case '+':
      return (inputs, crossings) => finite(left(inputs, crossings) + right(inputs, crossings));
    case '-':
      return (inputs, crossings) => finite(left(inputs, crossings) - right(inputs, crossings));
    case '*':
      return (inputs, crossings) => finite(left(inputs, crossings) * right(inputs, crossings));
    case '/':
      return (inputs, crossings) => finite(left(inputs, crossings) / right(inputs, crossings));
  }
}

/** Infinity is no figure: a ratio whose divisor is 0 is undefined and fires nothing. */
const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN);
