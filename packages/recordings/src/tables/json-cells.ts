import { BadCell, LARGEST_NUMBER, shown } from './cells.ts';

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object that a text is. Throws BadCell. */
export function parseJson(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (error) {
    throw new BadCell('unreadable_member', `not JSON: ${error instanceof Error ? error.message : error}`);
  }
  throw new BadCell('unreadable_member', 'not a JSON object');
}

/** The number under the first of these names that is there; NaN when none is, or null. Throws BadCell. */
export function number(object: Json, first: string, ...others: string[]): number {
  let name = first;
  for (let i = 0; (object[name] === undefined || object[name] === null) && i < others.length; i++) {
    name = others[i];
  }
  const value = object[name];
  if (value === undefined || value === null) return Number.NaN;
  if (typeof value === 'number' && Math.abs(value) <= LARGEST_NUMBER) return value;
  throw new BadCell('bad_value', `${name} is ${shown(String(value))}, expected a number`);
}

/** As number, and not below 0. */
export function amount(object: Json, first: string, ...others: string[]): number {
  const value = number(object, first, ...others);
  if (value < 0) throw new BadCell('bad_value', `${first} is ${value}, expected 0 or more`);
  return value;
}

/** A price: venues write 0 for "none", which is not a price. */
export function price(object: Json, first: string, ...others: string[]): number {
  const value = amount(object, first, ...others);
  return value === 0 ? Number.NaN : value;
}

/** A strike: given and above 0. Throws BadCell. */
export function strike(object: Json, name: string): number {
  const value = amount(object, name);
  if (value > 0) return value;
  throw new BadCell('bad_value', `${name} is ${shown(String(object[name]))}, expected a number above 0`);
}
