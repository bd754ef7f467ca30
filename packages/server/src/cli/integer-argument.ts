import { InvalidArgumentError } from 'commander';

/** Reads an argument that is an integer in a range, both ends included; refuses any other with the range. */
export const integerArgument =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    const upTo = most === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${most}`;
    throw new InvalidArgumentError(`It is not an integer of at least ${least}${upTo}.`);
  };
