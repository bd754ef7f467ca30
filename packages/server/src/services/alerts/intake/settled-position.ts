import type { Position } from '../../../ports/bus.ts';

/** A message that came, until what follows from it is in the state. */
export interface Unsettled {
  settle(): void;
}

/**
 * How far a follower of a topic is done: the place from which it would have to be followed again so that nothing is
 * missed. Behind a message that is held back, the place stays before it, whatever came later.
 */
export interface SettledPosition {
  /** Null where nothing came and none was known. */
  readonly position: Position | null;
  /** A message that is done as soon as it came. */
  pass(position: Position): void;
  /** A message that is done later. */
  receive(position: Position): Unsettled;
}

export function createSettledPosition(from: Position | null): SettledPosition {
  let last = from;
  /** The places before messages that are held, in the order of coming. */
  const before = new Map<Unsettled, Position | null>();
  return {
    get position() {
      const [oldest] = before.values();
      return oldest === undefined ? last : oldest;
    },
    pass(position) {
      last = position;
    },
    receive(position) {
      const unsettled: Unsettled = { settle: () => void before.delete(unsettled) };
      before.set(unsettled, last);
      last = position;
      return unsettled;
    },
  };
}
