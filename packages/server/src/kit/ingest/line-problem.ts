/** Characters of a reason: names that a sender chose are part of it, and it is kept, logged and sent back. */
const MAX_REASON = 300;

/** What is wrong with a line, and what to send instead. */
export class LineProblem extends Error {
  override readonly name = 'LineProblem';
  readonly remedy: string;

  constructor(reason: string, remedy: string) {
    super(reason.slice(0, MAX_REASON));
    this.remedy = remedy;
  }
}
