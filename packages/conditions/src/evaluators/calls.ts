import type { ASTNode } from '@marcbachmann/cel-js';
import { FUNCTIONS, isFunction } from '../language/functions.ts';
import { ConditionError } from '../language/problem.ts';
import { readSpan } from '../language/span.ts';
import type { Word } from '../vocabulary.ts';
import { operandsOf } from './comparisons.ts';
import type { Compilation, NodeOf } from './compilation.ts';
import { type Evaluator, FALSE, TRUE, type TruthOf, toTruth, UNKNOWN } from './evaluator.ts';
import { numberOf } from './expect.ts';

export function compileCall(node: NodeOf<'call'>, compilation: Compilation): Evaluator {
  const [name, parameters] = node.args;
  if (!isFunction(name)) {
    const offered = Object.values(FUNCTIONS).map(({ usage }) => usage);
    throw new ConditionError(`${name} is not part of conditions; functions are ${offered.join(', ')}`, node);
  }
  switch (name) {
    case 'crosses_above':
    case 'crosses_below':
      return compileCrossing(node, name === 'crosses_above', compilation);
    case 'change':
      return compileChange(parameters, compilation);
    case 'previous_close': {
      const { name: figure, slot } = figureOf(parameters[0], name, compilation);
      compilation.previousCloses.add(figure);
      return { type: 'number', of: ({ past }) => past.previousClose(slot), figure: null, whole: false };
    }
    case 'abs': {
      const { of, whole } = numberOf(parameters[0], compilation);
      return { type: 'number', of: (i, c) => Math.abs(of(i, c)), figure: null, whole };
    }
  }
}

/** True at the chain at which x passes y; null where either is null now, or both were never defined before. */
function compileCrossing(node: NodeOf<'call'>, above: boolean, compilation: Compilation): Evaluator {
  const left = numberOf(node.args[1][0], compilation);
  const right = numberOf(node.args[1][1], compilation);
  const beyond: TruthOf = (inputs, crossings) => {
    const x = left.of(inputs, crossings);
    const y = right.of(inputs, crossings);
    if (Number.isNaN(x) || Number.isNaN(y)) return UNKNOWN;
    return toTruth(above ? x > y : x < y);
  };
  const index = compilation.crossings.push(beyond) - 1;
  const of: TruthOf = (inputs, crossings) => {
    const now = beyond(inputs, crossings);
    const before = crossings[index] ?? '?';
    if (now === UNKNOWN || before === '?') return UNKNOWN;
    return now === TRUE && before === '-' ? TRUE : FALSE;
  };
  compilation.parts.push({ position: node, of, operands: operandsOf(node.args[1], [left, right]) });
  return { type: 'truth', of };
}

/** People write two or three. The past of each takes some 2 KB of every expiry that is looked at. */
const MAX_CHANGES = 8;

function compileChange(parameters: readonly ASTNode[], compilation: Compilation): Evaluator {
  const { name: figure, slot } = figureOf(parameters[0], 'change', compilation);
  const span = parameters[1];
  const spanMs = span.op === 'value' && typeof span.args === 'string' ? readSpan(span.args) : null;
  if (spanMs === null)
    throw new ConditionError('change is over a span from "10s" to "24h", such as "90s", "15m" or "2h"', span);
  compilation.changes.set(`${figure} ${spanMs}`, { figure, spanMs });
  if (compilation.changes.size > MAX_CHANGES)
    throw new ConditionError(
      `a condition has at most ${MAX_CHANGES} changes of other figures or spans`,
      span,
    );
  return {
    type: 'number',
    of: ({ numbers, past }) => numbers[slot] - past.before(slot, spanMs),
    figure: null,
    whole: false,
  };
}

/** The past is kept of figures, not of what is computed from them. */
function figureOf(node: ASTNode, called: string, compilation: Compilation): Word {
  const { figure } = numberOf(node, compilation);
  const word = figure === null ? undefined : compilation.vocabulary.words.get(figure);
  if (word === undefined) throw new ConditionError(`${called} is of a figure by its name`, node);
  return word;
}
