import { DeltaStreamError } from '../../kit/errors.ts';

/** The text with U+FFFD in the place of what PostgreSQL keeps in no text, nor reads in JSON: U+0000, and halves of characters. */
export const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');

/** Throws `invalid_request` naming the field where a text has what not every store keeps. */
export function requireStorable(field: string, text: string | null | undefined): void {
  if (text === null || text === undefined || storable(text) === text) return;
  throw new DeltaStreamError(
    'invalid_request',
    `${field}: has the character U+0000 or half of a character; leave it out`,
  );
}
