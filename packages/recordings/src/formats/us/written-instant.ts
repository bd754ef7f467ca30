import { dayNumber, localInstant } from '@deltastream/reference';

/** Languages whose names of months and halves of a day are read. */
const LANGUAGES = [
  ...[
    'en',
    'de',
    'fr',
    'fr-CA',
    'es',
    'it',
    'pt',
    'nl',
    'sv',
    'da',
    'nb',
    'fi',
    'pl',
    'cs',
    'sk',
    'hu',
    'ro',
  ],
  ...['tr', 'el', 'ru', 'uk', 'id', 'vi', 'ja', 'zh', 'ko'],
];
const TIME = /(?<![\d.])(\d{1,2})(?:[:.]| ?h ?)(\d{2})(?:[:.]\d{2})?(?!\d|\.\d{4})/;
const UTC_OFFSET = /\b(?:GMT|UTC)(?:\s*([+\-−])\s*(\d{1,2})(?::?(\d{2}))?)?/;
const AMERICAN_HALF = /\b[AP]M\b/;
const NEW_YORK = /\b(?:E[DS]?T|H[AN]E)\b/;
/** What could be the name of another zone. */
const ZONE = /\b(?!AM\b|PM\b|TE\b)[A-Z]{2,5}\b/;

interface Words {
  /** 1 to 12 by name; names that languages use for different months are left out. */
  readonly months: ReadonlyMap<string, number>;
  /** By how a language writes it: 0 for the first half of a day, 12 for the second. */
  readonly halves: ReadonlyMap<string, number>;
}

let words: Words | null = null;

/**
 * Epoch ms of a date and time as a browser writes it for a reader of any of these languages: `June 11, 2022,
 * 8:47 PM EDT`, `July 2, 2026 at 3:15 PM EDT`, `2. Juli 2026 um 15:15 GMT-4`, `2026年7月2日 15:15`, or in digits:
 * year first, day first with dots, with slashes where the order is beyond doubt. Without a zone it is New York's time. NaN when it
 * cannot be read without guessing.
 *
 * Names of months and of the halves of a day are those of the language data that comes with Node.
 */
export function writtenInstant(text: string): number {
  const time = TIME.exec(text);
  if (!time) return Number.NaN;
  const plain = lower(text);
  words ??= wordsOf(LANGUAGES);
  const half = halfOf(plain, words.halves);
  const hours = half === null ? Number(time[1]) : (Number(time[1]) % 12) + half;
  const minutes = hours * 60 + Number(time[2]);
  const date = dateOf(text.replace(TIME, ' ').replace(UTC_OFFSET, ' '), words.months);
  if (date === null || hours > 23 || Number(time[2]) > 59) return Number.NaN;
  const offset = NEW_YORK.test(text) ? null : UTC_OFFSET.exec(text);
  if (offset) {
    const [, sign, hour = '0', minute = '0'] = offset;
    const ahead = (sign === '+' ? 1 : -1) * (Number(hour) * 60 + Number(minute));
    return dayNumber(date) * 86_400_000 + (minutes - ahead) * 60_000;
  }
  if (!NEW_YORK.test(text) && ZONE.test(text)) return Number.NaN;
  return localInstant('US', date, minutes);
}

function dateOf(text: string, months: ReadonlyMap<string, number>): string | null {
  const numbers = [...text.matchAll(/\d+/g)].map(([digits]) => digits);
  const named = [...lower(text).matchAll(/\p{L}[\p{L}\p{M}]*/gu)].map(([word]) => months.get(word));
  const month = named.find((found) => found !== undefined);
  const [first = '', second = '', third = ''] = numbers;
  if (month !== undefined) {
    const year = numbers.find((digits) => digits.length === 4);
    const day = numbers.find((digits) => digits.length <= 2);
    return year && day ? isoDate(year, String(month), day) : null;
  }
  if (first.length === 4) return isoDate(first, second, third);
  if (third.length !== 4) return null;
  if (!text.includes('/')) return isoDate(third, second, first);
  // Americans alone put the month in front, and write the half of the day in capitals.
  if (AMERICAN_HALF.test(text) || Number(second) > 12) return isoDate(third, first, second);
  return Number(first) > 12 ? isoDate(third, second, first) : null;
}

function isoDate(year: string, month: string, day: string): string | null {
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return Number.isNaN(dayNumber(date)) ? null : date;
}

function halfOf(text: string, halves: ReadonlyMap<string, number>): number | null {
  let best: { name: string; half: number } | null = null;
  for (const [name, half] of halves) {
    const at = text.indexOf(name);
    if (at < 0 || name.length <= (best?.name.length ?? 0)) continue;
    const isWord = !/\p{L}/u.test(text[at - 1] ?? '') && !/\p{L}/u.test(text[at + name.length] ?? '');
    if (isWord || /[^\p{Script=Latin}\P{L}]/u.test(name)) best = { name, half };
  }
  return best?.half ?? null;
}

function wordsOf(languages: readonly string[]): Words {
  const months = new Map<string, number>();
  const ambiguous = new Set<string>();
  const halves = new Map<string, number>();
  for (const language of languages) {
    for (const style of ['long', 'short'] as const) {
      // With a day beside it a month stands in the case that dates use.
      for (const options of [{ month: style }, { month: style, day: 'numeric' }] as const) {
        const format = new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' });
        for (let month = 1; month <= 12; month++) {
          const name = partOf(format, 'month', Date.UTC(2026, month - 1, 15)).replace(/\.$/, '');
          if (!/^\p{L}[\p{L}\p{M}]*$/u.test(name)) continue;
          if ((months.get(name) ?? month) !== month) ambiguous.add(name);
          months.set(name, month);
        }
      }
    }
    const clock = new Intl.DateTimeFormat(language, { hour: 'numeric', hour12: true, timeZone: 'UTC' });
    for (const [hour, half] of [
      [9, 0],
      [15, 12],
    ] as const) {
      const name = partOf(clock, 'dayPeriod', Date.UTC(2026, 0, 1, hour));
      if (name !== '') halves.set(name, half);
    }
  }
  for (const name of ambiguous) months.delete(name);
  return { months, halves };
}

function partOf(format: Intl.DateTimeFormat, type: 'month' | 'dayPeriod', at: number): string {
  return lower(format.formatToParts(at).find((part) => part.type === type)?.value ?? '');
}

/** In small letters, compatible forms alike, without the marks that set the direction of writing. */
function lower(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u200e\u200f\u061c]/g, '')
    .replace(/[\u00a0\u202f]/g, ' ');
}
