import type { ConditionFigures } from '@deltastream/contracts';
import { Environment } from '@marcbachmann/cel-js';
import { FUNCTIONS } from './functions.ts';

const CEL_TYPES = { number: 'double', name: 'string', names: 'list<string>' } as const;

/**
 * What a condition may be made of. One of 2,000 characters can hold some 1,000 nodes; people write some 20. Evaluating a
 * node takes some 10 ns, so that the dearest condition takes a few microseconds.
 */
const LIMITS = {
  maxAstNodes: 400,
  /** Parentheses in each other; the parser and the compiler recurse as deep. */
  maxDepth: 32,
  /** The flags and the expiries of a product are fewer. */
  maxListElements: 64,
  maxMapEntries: 0,
  /** No function takes more than two. */
  maxCallArguments: 4,
};

/** Arithmetic and equality of a number with a whole one, which CEL has not, as `pcr_oi == 1` would need `1.0`. */
const MIXED_OPERATORS = ['+', '-', '*', '/'].flatMap((operator) => [
  `double ${operator} int: double`,
  `int ${operator} double: double`,
]);

/**
 * The library's checker for these figures. It parses and checks types; conditions are evaluated by what
 * `evaluators/` makes of the tree, which knows null.
 */
export function createEnvironment(figures: ConditionFigures): Environment {
  const environment = new Environment({ limits: LIMITS });
  for (const [name, { kind }] of Object.entries(figures)) environment.registerVariable(name, CEL_TYPES[kind]);
  for (const operator of MIXED_OPERATORS) environment.registerOperator(operator, neverRun);
  environment.registerOperator('double == int', neverRun);
  for (const { signatures } of Object.values(FUNCTIONS)) {
    for (const signature of signatures) environment.registerFunction(signature, neverRun);
  }
  return environment;
}

function neverRun(): never {
  throw new Error('conditions are evaluated by their own evaluators');
}
