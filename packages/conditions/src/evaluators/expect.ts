import type { ASTNode } from '@marcbachmann/cel-js';
import { ConditionError } from '../language/problem.ts';
import type { Compilation } from './compilation.ts';
import type { Evaluator } from './evaluator.ts';

type Of<Type extends Evaluator['type']> = Extract<Evaluator, { type: Type }>;

/** The evaluator of a node that the checker says is a number. */
export const numberOf = (node: ASTNode, compilation: Compilation): Of<'number'> =>
  expectType('number', 'a number', node, compilation);

/** Of one that is true or false. */
export const truthOf = (node: ASTNode, compilation: Compilation): Of<'truth'> =>
  expectType('truth', 'true or false', node, compilation);

/** What the checker let pass as `dyn` is found here. */
function expectType<Type extends Evaluator['type']>(
  type: Type,
  called: string,
  node: ASTNode,
  compilation: Compilation,
): Of<Type> {
  const evaluator = compilation.compile(node);
  if (evaluator.type !== type)
    throw new ConditionError(`${compilation.text.slice(node.start, node.end)} is not ${called}`, node);
  return evaluator as Of<Type>;
}
