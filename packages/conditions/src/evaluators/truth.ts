/** True, false, or neither because something is null. Numbers, as they are what evaluators pass on. */
export const FALSE = 0;
export const TRUE = 1;
export const UNKNOWN = 2;
export type Truth = typeof FALSE | typeof TRUE | typeof UNKNOWN;

export const toTruth = (value: boolean): Truth => (value ? TRUE : FALSE);
export const fromTruth = (truth: Truth): boolean | null => (truth === UNKNOWN ? null : truth === TRUE);
