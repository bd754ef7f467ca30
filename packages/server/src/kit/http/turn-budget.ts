/** Does a piece of work now, or in a later turn of the event loop, in the order in which it was given. */
export type TurnBudget = (work: () => void) => void;

/** Of each turn: some twenty refusals, and a healthy client waits as long once. */
const BUDGET_MS = 1;

/**
 * Spends a bounded part of each turn of the event loop on what may wait: refusals, and requests that were sent ahead of
 * their turn. A hundred connections that are refused as fast as they ask then cost a client that asks for something real
 * a turn or two, and not the refusals of all hundred first. What waits is bounded by who gives it: one piece of work for
 * each connection.
 */
export function createTurnBudget(budgetMs = BUDGET_MS, now = () => performance.now()): TurnBudget {
  const waiting: (() => void)[] = [];
  let spentMs = 0;
  let turnAsked = false;

  const spend = (work: () => void) => {
    const begun = now();
    try {
      work();
    } finally {
      spentMs += now() - begun;
    }
  };
  const askForTurn = () => {
    if (turnAsked) return;
    turnAsked = true;
    setImmediate(() => {
      turnAsked = false;
      spentMs = 0;
      try {
        while (spentMs < budgetMs) {
          const work = waiting.shift();
          if (work === undefined) break;
          spend(work);
        }
      } finally {
        if (spentMs > 0 || waiting.length > 0) askForTurn();
      }
    });
  };

  return (work) => {
    askForTurn();
    if (waiting.length === 0 && spentMs < budgetMs) spend(work);
    else waiting.push(work);
  };
}
