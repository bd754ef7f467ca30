/** Runs pieces of work one after another, or, where that is not needed, at once. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export function createTurns(oneAtATime: boolean): Turns {
  if (!oneAtATime) return (work) => work();
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
