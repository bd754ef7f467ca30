import { ConditionError } from '../language/problem.ts';
import type { Compilation, NodeOf } from './compilation.ts';
import { type Evaluator, toTruth } from './evaluator.ts';

export function compileLiteral(node: NodeOf<'value'>, { text, parts }: Compilation): Evaluator {
  const value = node.args;
  switch (typeof value) {
    case 'number':
      return { type: 'number', of: () => value, figure: null, whole: false };
    case 'bigint': {
      const number = Number(value);
      if (!Number.isSafeInteger(number))
        throw new ConditionError(`${value} is too large a whole number`, node);
      return { type: 'number', of: () => number, figure: null, whole: true };
    }
    case 'string':
      return { type: 'text', of: () => value, names: null, literal: value };
    case 'boolean': {
      const truth = toTruth(value);
      const of = () => truth;
      parts.push({ position: node, of, operands: [] });
      return { type: 'truth', of };
    }
    default:
      throw new ConditionError(
        value === null
          ? 'null is compared with nothing: a figure that is null makes a comparison neither true nor false'
          : `${text.slice(node.start, node.end)} is not a number of conditions: write it as 1 or 1.0`,
        node,
      );
  }
}

export function compileWord(node: NodeOf<'id'>, { vocabulary, figures }: Compilation): Evaluator {
  const word = vocabulary.words.get(node.args);
  if (word === undefined) throw new ConditionError(`${node.args} is no figure`, node);
  const { name, slot, figure } = word;
  figures.add(name);
  switch (figure.kind) {
    case 'number':
      return { type: 'number', of: ({ numbers }) => numbers[slot], figure: name, whole: false };
    case 'name':
      return { type: 'text', of: ({ names }) => names[slot], names: figure.names, literal: null };
    case 'names':
      throw new ConditionError(`${name} is a list: write "${figure.names?.[0] ?? 'name'}" in ${name}`, node);
  }
}
