/** How many requests may be sent a second time, so that a service in trouble is not asked twice as much. */
export interface RetryBudget {
  requested(): void;
  /** Takes one when there is one. */
  take(): boolean;
}

export interface RetryBudgetOptions {
  /** Share of requests that may be repeated; 0.1. */
  readonly share?: number;
  /** What can be saved up, and what there is at first; 10. */
  readonly most?: number;
}

/** Each request adds its share and each repetition takes a whole. */
export function createRetryBudget({ share = 0.1, most = 10 }: RetryBudgetOptions = {}): RetryBudget {
  let saved = most;
  return {
    requested() {
      saved = Math.min(most, saved + share);
    },
    take() {
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
}
