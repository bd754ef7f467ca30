/** What can be wrong with the data of a product although its connection is alive. */
export const WATCHDOGS = [
  'stall',
  'frozen',
  'zero',
  'oi_zero',
  'partial',
  'spot_zero',
  'spot_frozen',
  'volume_back',
  'crossed',
] as const;
export type WatchdogKind = (typeof WATCHDOGS)[number];

/** Something that is wrong at present. */
export interface Watchdog {
  readonly kind: WatchdogKind;
  readonly product: string;
  /** Epoch ms. */
  readonly since: number;
  readonly detail: string;
}

/** What is wrong with one product, and since when. */
export interface Watchdogs {
  /** `detail` null: it is not, or not any more. */
  set(kind: WatchdogKind, detail: string | null, now: number): void;
  list(): Watchdog[];
}

export function createWatchdogs(product: string): Watchdogs {
  const wrong = new Map<WatchdogKind, Watchdog>();
  return {
    set: (kind, detail, now) => {
      if (detail === null) wrong.delete(kind);
      else wrong.set(kind, { kind, product, since: wrong.get(kind)?.since ?? now, detail });
    },
    list: () => [...wrong.values()],
  };
}
