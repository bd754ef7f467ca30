/**
 * The newest times of those that were added, so many at most: enough to say to the millisecond whether more than `most` lie
 * after an instant, in whatever order they came. A heap with the oldest first.
 */
export interface NewestTimes {
  add(ms: number): void;
  /** Whether more than `most` lie after an instant. */
  isAboveAfter(ms: number): boolean;
  /** Whether more than `most` lie within one window, wherever it ends. */
  isAboveWithin(windowMs: number): boolean;
  /** Those after an instant; `most` + 1 stands for all that are more. */
  countAfter(ms: number): number;
  newest(): number;
  /** Makes all of them so much earlier. */
  setBack(ms: number): void;
}

export function createNewestTimes(most: number): NewestTimes {
  const heap: number[] = [];
  let newest = Number.NEGATIVE_INFINITY;

  const rise = (from: number) => {
    for (let i = from; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (heap[parent] <= heap[i]) return;
      [heap[parent], heap[i]] = [heap[i], heap[parent]];
      i = parent;
    }
  };
  const sink = () => {
    for (let i = 0; ; ) {
      const left = 2 * i + 1;
      const right = left + 1;
      let least = i;
      if (left < heap.length && heap[left] < heap[least]) least = left;
      if (right < heap.length && heap[right] < heap[least]) least = right;
      if (least === i) return;
      [heap[least], heap[i]] = [heap[i], heap[least]];
      i = least;
    }
  };
  const isFull = () => heap.length > most;

  return {
    add(ms) {
      newest = Math.max(newest, ms);
      if (!isFull()) {
        heap.push(ms);
        rise(heap.length - 1);
      } else if (ms > heap[0]) {
        heap[0] = ms;
        sink();
      }
    },
    isAboveAfter: (ms) => isFull() && heap[0] > ms,
    isAboveWithin: (windowMs) => isFull() && newest - heap[0] < windowMs,
    countAfter: (ms) => heap.reduce((count, time) => (time > ms ? count + 1 : count), 0),
    newest: () => newest,
    setBack(ms) {
      for (const i of heap.keys()) heap[i] -= ms;
      newest -= ms;
    },
  };
}
