import type { Position } from '../../../ports/bus.ts';

/**
 * A position as it is kept: with the name of the bus that it is of. The bus of one process ends with it, and one whose
 * server lost its data begins anew: a position of another would be some place or none.
 */
export const keepPosition = (bus: string, position: Position): string => `${bus} ${position}`;

/** Null where the position is of another bus. */
export function keptPosition(bus: string, kept: string | undefined): Position | null {
  return kept?.startsWith(`${bus} `) === true ? kept.slice(bus.length + 1) : null;
}
