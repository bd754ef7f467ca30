import type { Figure, FigureFormat } from '@deltastream/client';

const integer = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const decimal = (digits: number) =>
  new Intl.NumberFormat(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits });
const two = decimal(2);
const three = decimal(3);
const small = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 4 });
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumSignificantDigits: 3 });
const unsignedZero = new Intl.NumberFormat(undefined, {
  signDisplay: 'negative',
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const strikes = new Intl.NumberFormat(undefined, { maximumFractionDigits: 4 });
const percent = new Intl.NumberFormat(undefined, {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const signed = new Intl.NumberFormat(undefined, {
  signDisplay: 'exceptZero',
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

/** Contracts or money, in short. */
export const roughly = (value: number): string => compact.format(value);

/** A price in the quote currency; below one up to four digits, where premiums in coin differ. */
export const price = (value: number): string => (Math.abs(value) < 1 ? small : two).format(value);

export const strike = (value: number): string => strikes.format(value);

/** How numbers of a figure are read, by the format that it is declared with. */
export const FORMATS: Readonly<Record<Exclude<FigureFormat, 'name' | 'instant'>, (value: number) => string>> =
  {
    price,
    strike,
    volatility: (fraction) => percent.format(fraction),
    ratio: (value) => three.format(value),
    greek: (value) => unsignedZero.format(value),
    contracts: (value) => integer.format(value),
    money: roughly,
    count: (value) => integer.format(value),
    fraction: (value) => small.format(value),
  };

export const change = (value: number): string => signed.format(value);

/** An instant in the reader's time zone, with its date, which recordings need. */
export const instant = (iso: string): string =>
  new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(iso));

/** The same as a time of day; with the date where that is another day. */
export const timeOfDay = (iso: string, now = new Date()): string => {
  const at = new Date(iso);
  if (at.toDateString() !== now.toDateString()) return instant(iso);
  return new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' }).format(at);
};

/** `2026-08-25` as the reader writes dates; a calendar date, so no time zone may move it. */
export const expiryDate = (expiry: string): string =>
  new Intl.DateTimeFormat(undefined, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(new Date(`${expiry}T00:00:00Z`));

/** `long_buildup` as words. */
export const words = (name: string): string => name.replaceAll('_', ' ').replace('buildup', 'build-up');

/** What a figure is and in which unit, as plain text. */
export const meaning = ({ description, unit, format }: Figure): string =>
  (format === 'name' ? description : `${description}; ${unit}`).replaceAll('`', '');
