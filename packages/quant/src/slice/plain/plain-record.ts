/**
 * What the passes of the plain kernel share about a row: one record of doubles per row of a block. Passes are short
 * so that the processor can have several rows in flight; one long loop is bound by the latency of its chain of
 * divisions and polynomials and takes half as long again.
 */
export const RECORD = 13;
export const BLOCK = 128;
/** Fields of a record, as offsets from its start. */
export const X = 0;
export const S = 1;
export const BETA = 2;
export const PER_ROOT = 3;
export const STEP = 4;
export const U = 5;
export const TAU = 6;
export const A = 7;
export const Q = 8;
export const PHI = 9;
export const DECAY = 10;
export const BRACKET = 11;
export const PREMIUM = 12;

/** 2^-k. Scaling by a table entry, since writing exponent bits into a double and reading it back stalls. */
export const INVERSE_POWERS = Float64Array.from({ length: 256 }, (_, k) => 2 ** -k);
