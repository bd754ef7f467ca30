import type { WatchdogKind } from '@deltastream/contracts';

/** Something that is wrong with the data of a product although its connection is alive. */
export interface Watchdog {
  readonly kind: WatchdogKind;
  readonly product: string;
  /** How long it has been so, ms. */
  readonly forMs: number;
  readonly detail: string;
}

/** What is wrong with one product, and since when, by a clock that only rises. */
export interface Watchdogs {
  /** `detail` null: it is not, or not any more. */
  set(kind: WatchdogKind, detail: string | null, nowMs: number): void;
  has(kind: WatchdogKind): boolean;
  list(nowMs: number): Watchdog[];
}

export function createWatchdogs(product: string): Watchdogs {
  const wrong = new Map<WatchdogKind, { readonly sinceMs: number; readonly detail: string }>();
  return {
    set: (kind, detail, nowMs) => {
      if (detail === null) wrong.delete(kind);
      else wrong.set(kind, { sinceMs: wrong.get(kind)?.sinceMs ?? nowMs, detail });
    },
    has: (kind) => wrong.has(kind),
    list: (nowMs) =>
      [...wrong].map(([kind, { sinceMs, detail }]) => ({ kind, product, forMs: nowMs - sinceMs, detail })),
  };
}
