/**
 * What a figure's value is: a number or null where it cannot be computed, a number or a whole number that is always
 * there, a list of numbers, an instant as ISO-8601 text or null, or one of some names.
 */
export type FigureValue = 'nullable' | 'number' | 'integer' | 'numbers' | 'instant' | readonly string[];

/**
 * How people read it: in which form, and in which digits. `volatility` and `share` are fractions read as percent,
 * `percentage` is in percent, `points` are volatility points.
 */
export type FigureFormat =
  | 'price'
  | 'strike'
  | 'volatility'
  | 'points'
  | 'share'
  | 'percentage'
  | 'ratio'
  | 'greek'
  | 'contracts'
  | 'money'
  | 'fraction'
  | 'count'
  | 'instant'
  | 'name';

/**
 * One figure, declared once. Schemas, wire order, columns of the stores, REST views and `fields`, API examples,
 * docs/figures.md and the page are made of these entries. Plain data, so that a browser can have it.
 */
export interface Figure {
  /** What people call it; short. */
  readonly title: string;
  readonly value: FigureValue;
  readonly unit: string;
  readonly description: string;
  /** When it is null; null where it never is. */
  readonly nullWhen: string | null;
  /** Where its definition comes from. */
  readonly source: string;
  /** The release that had it first. */
  readonly since: string;
  readonly group: 'price' | 'quote' | 'volatility' | 'greeks' | 'positioning' | 'exposure' | 'term';
  readonly format: FigureFormat;
  readonly example: number | string;
}
