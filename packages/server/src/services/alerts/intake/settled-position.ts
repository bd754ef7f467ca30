import type { Position } from '../../../ports/bus.ts';

/** Where a follower of a topic is: its newest message, and the one before. */
export interface StreamPlace {
  readonly last: Position | null;
  readonly previous: Position | null;
}

/** A message that came, until what follows from it is in the state. */
export interface Unsettled {
  settle(): void;
}

/**
 * How far one of several that share a follower is done: the place from which the topic would have to be followed again
 * so that nothing is missed. Behind a message that is held back, the place stays before it, whatever came later.
 */
export interface SettledPosition {
  /** Null where nothing came and none was known. */
  readonly position: Position | null;
  /** The newest message is done later; every other is done as it comes. */
  hold(): Unsettled;
}

export function createSettledPosition(stream: StreamPlace): SettledPosition {
  /** The places before messages that are held, in the order of coming. */
  const before = new Map<Unsettled, Position | null>();
  return {
    get position() {
      const [oldest] = before.values();
      return oldest === undefined ? stream.last : oldest;
    },
    hold() {
      const unsettled: Unsettled = { settle: () => void before.delete(unsettled) };
      before.set(unsettled, stream.previous);
      return unsettled;
    },
  };
}
