import { ConditionError } from '../language/problem.ts';
import { checkName, operandsOf } from './comparisons.ts';
import type { Compilation, NodeOf } from './compilation.ts';
import { type Evaluator, type NumberOf, type TextOf, type TruthOf, toTruth, UNKNOWN } from './evaluator.ts';

type TextEvaluator = Extract<Evaluator, { type: 'text' }>;

/** `"stale" in flags`, `product in ["NIFTY", "BANKNIFTY"]`, `atm_strike in [24000, 24500]`. */
export function compileMembership(node: NodeOf<'in'>, compilation: Compilation): Evaluator {
  const [itemNode, listNode] = node.args;
  const item = compilation.compile(itemNode);
  const of =
    listNode.op === 'id' ? inFigure(item, itemNode, listNode, compilation) : inList(item, node, compilation);
  compilation.parts.push({
    position: node,
    of,
    operands: item.type === 'truth' ? [] : operandsOf([itemNode], [item]),
  });
  return { type: 'truth', of };
}

function inFigure(
  item: Evaluator,
  itemNode: NodeOf<'in'>['args'][0],
  listNode: NodeOf<'id'>,
  { vocabulary, figures }: Compilation,
): TruthOf {
  const word = vocabulary.words.get(listNode.args);
  if (word?.figure.kind !== 'names' || item.type !== 'text')
    throw new ConditionError(`${listNode.args} is no list of names`, listNode);
  figures.add(word.name);
  const { slot, figure } = word;
  checkName({ type: 'text', of: () => null, names: figure.names, literal: null }, item, itemNode);
  const { of } = item;
  return (inputs) => {
    const text = of(inputs);
    return text === null ? UNKNOWN : toTruth(inputs.lists[slot].includes(text));
  };
}

function inList(item: Evaluator, node: NodeOf<'in'>, compilation: Compilation): TruthOf {
  const listNode = node.args[1];
  if (listNode.op !== 'list')
    throw new ConditionError('`in` looks into a list such as [1.0, 2.0], or into flags', listNode);
  const members = listNode.args.map((each) => ({ at: each, evaluator: compilation.compile(each) }));
  if (item.type === 'number') {
    return numberIn(
      item.of,
      members.map(({ evaluator, at }) => {
        if (evaluator.type !== 'number') throw new ConditionError('the list holds other than numbers', at);
        return evaluator.of;
      }),
    );
  }
  if (item.type === 'text') {
    return textIn(
      item.of,
      members.map(({ evaluator, at }) => {
        if (evaluator.type !== 'text') throw new ConditionError('the list holds other than names', at);
        checkName(item satisfies TextEvaluator, evaluator, at);
        return evaluator.of;
      }),
    );
  }
  throw new ConditionError('`in` looks for a number or a name', node.args[0]);
}

/** Null where the item or anything in the list is. */
const numberIn =
  (item: NumberOf, members: readonly NumberOf[]): TruthOf =>
  (inputs, crossings) => {
    const value = item(inputs, crossings);
    if (Number.isNaN(value)) return UNKNOWN;
    let found = false;
    for (const member of members) {
      const other = member(inputs, crossings);
      if (Number.isNaN(other)) return UNKNOWN;
      found ||= other === value;
    }
    return toTruth(found);
  };

const textIn =
  (item: TextOf, members: readonly TextOf[]): TruthOf =>
  (inputs) => {
    const text = item(inputs);
    if (text === null) return UNKNOWN;
    let found = false;
    for (const member of members) {
      const other = member(inputs);
      if (other === null) return UNKNOWN;
      found ||= other === text;
    }
    return toTruth(found);
  };
