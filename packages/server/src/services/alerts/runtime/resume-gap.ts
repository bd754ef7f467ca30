import type { PacedWarning } from '../../../kit/logging/paced-warning.ts';

/** Chains that came while no process evaluated their product, and that the bus had no more when one did again. */
export interface ResumeGap {
  note(product: string, chains: number): void;
  /** What is missing, in words, for a while after it was found; else null. */
  text(): string | null;
}

export interface ResumeGapParts {
  readonly warnPaced: PacedWarning;
  readonly shownMs: number;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Tells of it in the log, each time with all so far, and by the state of the service. */
export function createResumeGap({ warnPaced, shownMs, now }: ResumeGapParts): ResumeGap {
  /** Bounded by the products that are evaluated. */
  const products = new Set<string>();
  let chains = 0;
  let foundMs = Number.NEGATIVE_INFINITY;
  const isShown = (): boolean => now() - foundMs < shownMs;

  return {
    note(product, missing) {
      if (!isShown()) {
        products.clear();
        chains = 0;
      }
      products.add(product);
      chains += missing;
      foundMs = now();
      const so_far = { chains_so_far: chains, products_so_far: products.size };
      warnPaced('resume gap', 'alert_resume_gap', { product, chains: missing, ...so_far });
    },
    text() {
      if (!isShown()) return null;
      const of = products.size === 1 ? [...products].join() : `${products.size} products`;
      return `${chains} chains of ${of} came while nobody evaluated them, are not on the bus any more, and were not judged`;
    },
  };
}
