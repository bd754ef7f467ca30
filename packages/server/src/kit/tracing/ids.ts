import { randomBytes } from 'node:crypto';

const POOL_BYTES = 4_096; // One call to the generator for a hundred requests or more.

/** Hexadecimal digits at random, cut from a text that is made for many. */
function createDigits(): (count: number) => string {
  let digits = '';
  let next = 0;
  return (count) => {
    if (next + count > digits.length) {
      digits = randomBytes(POOL_BYTES).toString('hex');
      next = 0;
    }
    next += count;
    return digits.slice(next - count, next);
  };
}

const digits = createDigits();

/** 32 hexadecimal digits. */
export const newTraceId = (): string => digits(32);
/** 16 hexadecimal digits. */
export const newSpanId = (): string => digits(16);
