import { ConditionError } from '../language/problem.ts';
import type { Compilation, NodeOf } from './compilation.ts';
import { type Evaluator, FALSE, TRUE, type TruthOf, UNKNOWN } from './evaluator.ts';
import { truthOf } from './expect.ts';

/** As CEL takes errors: `a || b` is true where either is, `a && b` false where either is, whatever the other one is. */
export function compileLogic(node: NodeOf<'&&' | '||'>, compilation: Compilation): Evaluator {
  const left = truthOf(node.args[0], compilation).of;
  const right = truthOf(node.args[1], compilation).of;
  const decisive = node.op === '&&' ? FALSE : TRUE;
  const of: TruthOf = (inputs, crossings) => {
    const first = left(inputs, crossings);
    if (first === decisive) return decisive;
    const second = right(inputs, crossings);
    return first === UNKNOWN && second !== decisive ? UNKNOWN : second;
  };
  return { type: 'truth', of };
}

export function compileNegation(node: NodeOf<'!_'>, compilation: Compilation): Evaluator {
  const { of } = truthOf(node.args, compilation);
  return {
    type: 'truth',
    of: (inputs, crossings) => {
      const truth = of(inputs, crossings);
      return truth === UNKNOWN ? UNKNOWN : truth === TRUE ? FALSE : TRUE;
    },
  };
}

/** Null where what it depends on is; the branch that is not taken may be null. */
export function compileChoice(node: NodeOf<'?:'>, compilation: Compilation): Evaluator {
  const { of: when } = truthOf(node.args[0], compilation);
  const then = compilation.compile(node.args[1]);
  const otherwise = compilation.compile(node.args[2]);
  if (then.type === 'number' && otherwise.type === 'number') {
    const of = (...given: Parameters<typeof then.of>) => {
      const truth = when(...given);
      if (truth === UNKNOWN) return Number.NaN;
      return truth === TRUE ? then.of(...given) : otherwise.of(...given);
    };
    return { type: 'number', of, figure: null, whole: then.whole && otherwise.whole };
  }
  if (then.type === 'truth' && otherwise.type === 'truth') {
    const of: TruthOf = (inputs, crossings) => {
      const truth = when(inputs, crossings);
      if (truth === UNKNOWN) return UNKNOWN;
      return truth === TRUE ? then.of(inputs, crossings) : otherwise.of(inputs, crossings);
    };
    return { type: 'truth', of };
  }
  throw new ConditionError('`? :` chooses between two numbers or two comparisons', node);
}
