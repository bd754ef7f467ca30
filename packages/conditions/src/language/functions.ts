const NUMBERS = ['double', 'int'];

/** A signature for each choice of a number or a whole number. */
const ofNumbers = (name: string, count: 1 | 2, result: string): string[] =>
  (count === 1 ? NUMBERS : NUMBERS.flatMap((a) => NUMBERS.map((b) => `${a}, ${b}`))).map(
    (parameters) => `${name}(${parameters}): ${result}`,
  );

/** Functions of conditions, as the checker and people are told of them. */
export const FUNCTIONS = {
  crosses_above: {
    usage: 'crosses_above(x, y)',
    signatures: ofNumbers('crosses_above', 2, 'bool'),
    description: 'x is above y, and at the last chain at which both were defined it was not',
  },
  crosses_below: {
    usage: 'crosses_below(x, y)',
    signatures: ofNumbers('crosses_below', 2, 'bool'),
    description: 'x is below y, and at the last chain at which both were defined it was not',
  },
  change: {
    usage: 'change(figure, "15m")',
    signatures: ['change(double, string): double'],
    description: 'The figure less what it was so long ago, from 10s to 24h',
  },
  previous_close: {
    usage: 'previous_close(figure)',
    signatures: ['previous_close(double): double'],
    description: 'The figure as it was at the last chain of the session before',
  },
  abs: {
    usage: 'abs(x)',
    signatures: ofNumbers('abs', 1, 'double'),
    description: 'x without its sign',
  },
} as const;

export type FunctionName = keyof typeof FUNCTIONS;
export const isFunction = (name: string): name is FunctionName => Object.hasOwn(FUNCTIONS, name);
