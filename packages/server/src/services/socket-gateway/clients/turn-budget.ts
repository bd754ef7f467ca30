/** Runs tasks in the order in which they came, for at most so long in one turn of the event loop. */
export interface TurnBudget {
  /** At once where the budget of this turn allows it and nothing waits; else in a later turn. */
  run(task: () => void): void;
  /** Tasks that wait. */
  waiting(): number;
  /** What waits is not run any more. */
  stop(): void;
}

/**
 * What clients ask for may be quick for one and hold everybody up when hundreds ask in the same moment: what else is due,
 * updates above all, comes between two turns. Callers bound how many tasks can wait. `now` is monotonic, milliseconds.
 */
export function createTurnBudget(budgetMs: number, now: () => number = () => performance.now()): TurnBudget {
  let tasks: (() => void)[] = [];
  /** The first task that has not run. */
  let head = 0;
  let spentMs = 0;
  let turn: NodeJS.Immediate | null = null;

  function execute(task: () => void): void {
    const begun = now();
    turn ??= setImmediate(nextTurn);
    try {
      task();
    } finally {
      spentMs += now() - begun;
    }
  }

  function nextTurn(): void {
    turn = null;
    spentMs = 0;
    while (head < tasks.length && spentMs < budgetMs) {
      head += 1;
      execute(tasks[head - 1]);
    }
    if (head < tasks.length) return;
    tasks = [];
    head = 0;
  }

  return {
    run(task) {
      if (tasks.length === 0 && spentMs < budgetMs) execute(task);
      else tasks.push(task);
    },
    waiting: () => tasks.length - head,
    stop() {
      if (turn) clearImmediate(turn);
      tasks = [];
      head = 0;
    },
  };
}
