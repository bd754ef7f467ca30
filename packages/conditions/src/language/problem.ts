/** Characters of the text from `start` up to `end`. */
export interface Position {
  readonly start: number;
  readonly end: number;
}

/** Why a text is no condition: what, where, and what may have been meant. */
export interface ConditionProblem {
  readonly message: string;
  readonly position: Position;
  /** A name that may have been meant; null where none is near. */
  readonly suggestion: string | null;
}

/** Ends the compiling of a condition. */
export class ConditionError extends Error {
  readonly problem: ConditionProblem;

  constructor(message: string, { start, end }: Position, suggestion: string | null = null) {
    super(message);
    this.name = 'ConditionError';
    this.problem = { message, position: { start, end }, suggestion };
  }
}

export const didYouMean = (suggestion: string | null): string =>
  suggestion === null ? '' : `; did you mean ${suggestion}?`;
