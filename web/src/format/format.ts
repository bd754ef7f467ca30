import type { Figure, FigureFormat } from '@deltastream/client';
import { type ColumnValues, greekDecimals, priceDecimals, strikeDecimals } from './decimals.ts';

/** How digits are grouped: 1,234,567 or 12,34,567. */
export type Grouping = 'western' | 'indian';

/** A number of a figure as a person reads it: never a zero for what is none. */
export interface NumberFormat {
  (value: number): string;
  /** For all numbers of a column, which have one number of decimals; absent where every number has the same. */
  readonly column?: (values: ColumnValues) => NumberFormat;
}

/** The format of one column of numbers; the same function for the same decimals. */
export const inColumn = (format: NumberFormat, values: ColumnValues): NumberFormat =>
  format.column?.(values) ?? format;

export interface Format {
  /** By the format that a figure is declared with. */
  readonly figure: Readonly<Record<Exclude<FigureFormat, 'name' | 'instant'>, NumberFormat>>;
  readonly price: NumberFormat;
  readonly strike: NumberFormat;
  /** Contracts or money, in short: 1.2M, or 12 lakh. */
  readonly roughly: NumberFormat;
  /** With its sign. */
  readonly change: NumberFormat;
  readonly percent: NumberFormat;
  /** A difference of volatilities in vol points, with its sign. */
  readonly volatilityPoints: NumberFormat;
  /** An instant with its date, in the zone that is shown. */
  instant(iso: string): string;
  /** The same as a time of day; with the date where that is another day. */
  timeOfDay(iso: string, now?: Date): string;
  /** Hours and minutes, for an axis of one day. */
  clock(iso: string): string;
  /** `2026-08-25` as a reader writes dates; a calendar date, so no time zone may move it. */
  expiry(expiry: string): string;
  /** IANA name or fixed offset of the zone that is shown. */
  readonly timeZone: string;
}

const LOCALES: Readonly<Record<Grouping, string>> = { western: 'en-US', indian: 'en-IN' };
const LAKH = 1e5;
const CRORE = 1e7;
/** Below what any figure is published in: what is left where a sum of binary fractions should be 0. */
const NOISE = 1e-9;

/** How numbers and times are read, made once for each grouping and zone. */
export function createFormat(grouping: Grouping, timeZone: string): Format {
  const locale = LOCALES[grouping];
  const number = (options: Intl.NumberFormatOptions): NumberFormat => {
    const format = new Intl.NumberFormat(locale, { signDisplay: 'negative', ...options });
    // A hyphen is not a minus: it is shorter than a plus and breaks lines.
    const text = (value: number) => format.format(value).replace('-', '−');
    const { maximumFractionDigits = 0 } = format.resolvedOptions();
    const step = 10 ** -maximumFractionDigits / (options.style === 'percent' ? 100 : 1);
    return (value) => {
      const shown = text(value);
      if (Math.abs(value) < NOISE || /[1-9]/.test(shown) || !Number.isFinite(value)) return shown;
      return value > 0 ? `<${text(step)}` : `>${text(-step)}`;
    };
  };
  const fixed = (digits: number) => ({ minimumFractionDigits: digits, maximumFractionDigits: digits });
  const integer = number(fixed(0));
  const two = number(fixed(2));
  const small = number({ minimumFractionDigits: 2, maximumFractionDigits: 4 });
  const compact = number({ notation: 'compact', maximumSignificantDigits: 3 });
  const three = number({ maximumSignificantDigits: 3 });
  const tiny = number({
    maximumSignificantDigits: 2,
    maximumFractionDigits: 6,
    roundingPriority: 'lessPrecision',
  });
  const volatility = number({ style: 'percent', ...fixed(1) });
  const byDecimals = new Map<number, NumberFormat>();
  const withDecimals = (decimals: number): NumberFormat => {
    const format = byDecimals.get(decimals) ?? number(fixed(decimals));
    byDecimals.set(decimals, format);
    return format;
  };
  /** Each number alone with the digits it needs, and those of a column with as many as that needs. */
  const alone = (format: NumberFormat, decimalsOf: (values: ColumnValues) => number): NumberFormat =>
    Object.assign((value: number) => format(value), {
      column: (values: ColumnValues) => withDecimals(decimalsOf(values)),
    });
  const price = alone((value) => (Math.abs(value) < 1 ? small : two)(value), priceDecimals);
  const fraction = alone(small, priceDecimals);
  const strike = alone(number({ maximumFractionDigits: 4 }), strikeDecimals);
  const greek = alone((value) => (value !== 0 && Math.abs(value) < 0.01 ? tiny : two)(value), greekDecimals);
  const roughly: NumberFormat = (value) => {
    const size = Math.abs(value);
    if (grouping === 'western' || size < LAKH) return compact(value);
    return size < CRORE ? `${three(value / LAKH)} lakh` : `${three(value / CRORE)} crore`;
  };
  const timeFormat = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone, ...options });
  const full = timeFormat({ dateStyle: 'medium', timeStyle: 'medium' });
  const time = timeFormat({ timeStyle: 'medium' });
  const short = timeFormat({ timeStyle: 'short' });
  const day = timeFormat({ dateStyle: 'short' });
  const change = number({ signDisplay: 'exceptZero', ...fixed(2) });
  return {
    figure: {
      price,
      strike,
      volatility,
      points: two,
      share: volatility,
      percentage: (value) => volatility(value / 100),
      ratio: number(fixed(3)),
      greek,
      contracts: integer,
      money: roughly,
      count: integer,
      fraction,
    },
    price,
    strike,
    roughly,
    change,
    volatilityPoints: (value) => change(value * 100),
    percent: volatility,
    instant: (iso) => full.format(new Date(iso)),
    timeOfDay(iso, now = new Date()) {
      const at = new Date(iso);
      return (day.format(at) === day.format(now) ? time : full).format(at);
    },
    clock: (iso) => short.format(new Date(iso)),
    expiry: expiryText,
    timeZone,
  };
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });

/** As `Format.expiry`, which is the same for every product. */
export const expiryText = (expiry: string): string => DATE.format(new Date(`${expiry}T00:00:00Z`));

/** `long_buildup` as words. */
export const words = (name: string): string => name.replaceAll('_', ' ').replace('buildup', 'build-up');

/** What a figure is and in which unit, as plain text. */
export const meaning = ({ description, unit, format }: Figure): string =>
  (format === 'name' ? description : `${description}; ${unit}`).replaceAll('`', '');
