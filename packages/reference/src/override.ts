import { Check, Errors } from 'typebox/schema';
import { dayNumber } from './dates/calendar-date.ts';
import { mergeHistories } from './dates/dated.ts';
import { isTimeZone } from './dates/time-zone.ts';
import {
  type CalendarData,
  type ExchangeData,
  type LotEntry,
  ReferenceData,
  ReferenceOverride,
} from './schema.ts';

/** A user's file that cannot be used: says where in it, and why. */
export class ReferenceFileError extends Error {}

/**
 * The shipped facts with those of a user's file over them: lists of days are joined, entries of the same date
 * and fields of the same name are replaced, everything else stays. Throws ReferenceFileError naming the place.
 */
export function withOverride(shipped: ReferenceData, file: unknown): ReferenceData {
  if (!Check(ReferenceOverride, file)) throw described(Errors(ReferenceOverride, file)[1][0]);
  const merged = {
    calendars: joined(shipped.calendars, file.calendars, mergeCalendars),
    exchanges: joined(shipped.exchanges, file.exchanges, mergeExchanges),
    products: joined(shipped.products, file.products, (ours, theirs) => ({ ...ours, ...theirs })),
    lots: joined(shipped.lots, file.lots, mergeLots),
    expiries: joined(shipped.expiries, file.expiries, (ours, theirs) => mergeHistories(ours ?? [], theirs)),
  };
  if (!Check(ReferenceData, merged)) throw described(Errors(ReferenceData, merged)[1][0]);
  checkMeaning(merged);
  return merged;
}

function described(
  error: { keyword: string; instancePath: string; message: string } | undefined,
): ReferenceFileError {
  // Of what additional properties are not allowed to be.
  const isUnknown = error?.keyword === 'boolean';
  const what = isUnknown ? 'is not a name that is known here' : (error?.message ?? 'does not fit');
  return new ReferenceFileError(`${error?.instancePath || '/'} ${what}`);
}

function joined<Ours, Theirs, Result>(
  ours: Readonly<Record<string, Ours>>,
  theirs: Readonly<Record<string, Theirs | undefined>> | undefined,
  merge: (ours: Ours | undefined, theirs: Theirs) => Result,
): Record<string, Ours | Result> {
  const result: Record<string, Ours | Result> = { ...ours };
  for (const [name, entry] of Object.entries(theirs ?? {})) {
    if (entry === undefined) continue;
    result[name] = merge(Object.hasOwn(ours, name) ? ours[name] : undefined, entry);
  }
  return result;
}

type CalendarOverride = NonNullable<ReferenceOverride['calendars']>[string];
type ExchangeOverride = Partial<ExchangeData>;

function mergeCalendars(ours: CalendarData | undefined, { open, ...theirs }: CalendarOverride) {
  const days = (name: 'closed' | 'early_closes') =>
    [...new Set([...(ours?.[name] ?? []), ...(theirs[name] ?? [])])].sort();
  const opened = new Set(open);
  const special = new Map(
    [...(ours?.special_sessions ?? []), ...(theirs.special_sessions ?? [])].map((each) => [each.date, each]),
  );
  return {
    ...ours,
    ...theirs,
    closed: days('closed').filter((date) => !opened.has(date)),
    early_closes: days('early_closes'),
    special_sessions: [...special.values()].sort((a, b) => (a.date < b.date ? -1 : 1)),
  };
}

function mergeExchanges(ours: ExchangeData | undefined, theirs: ExchangeOverride) {
  const hours: ExchangeData['hours'] = { ...ours?.hours };
  for (const [kind, entries] of Object.entries(theirs.hours ?? {}) as [keyof typeof hours, never][]) {
    hours[kind] = mergeHistories(hours[kind] ?? [], entries);
  }
  const settlement: ExchangeData['settlement'] = { ...ours?.settlement };
  for (const [kind, entries] of Object.entries(theirs.settlement ?? {}) as [keyof typeof hours, never][]) {
    settlement[kind] = mergeHistories(settlement[kind] ?? [], entries);
  }
  return { ...ours, ...theirs, hours, settlement };
}

function mergeLots(ours: LotEntry[] | undefined, theirs: LotEntry[]): LotEntry[] {
  const keyOf = ({ expiries_from, traded_until }: LotEntry) => `${expiries_from} ${traded_until ?? ''}`;
  const entries = new Map([...(ours ?? []), ...theirs].map((entry) => [keyOf(entry), entry]));
  return [...entries.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** What no schema says: dates that exist, days in order, names that lead somewhere. */
function checkMeaning({ calendars, exchanges, products, lots, expiries }: ReferenceData): void {
  const date = (text: string, place: string) => {
    if (Number.isNaN(dayNumber(text))) throw new ReferenceFileError(`${place} ${text} is not a date`);
  };
  for (const [name, { covers, closed, early_closes, special_sessions }] of Object.entries(calendars)) {
    const place = `/calendars/${name}`;
    const days = [...closed, ...early_closes, ...special_sessions.map((each) => each.date)];
    for (const day of [covers.from, covers.to, ...days]) date(day, place);
    if (covers.from > covers.to) throw new ReferenceFileError(`${place}/covers ends before it begins`);
    for (const { date: day, open, close } of special_sessions) {
      if ((open === null) !== (close === null) || (open !== null && close !== null && open >= close)) {
        throw new ReferenceFileError(`${place}/special_sessions ${day} does not open before it closes`);
      }
    }
  }
  for (const [name, { time_zone, calendar, hours, settlement }] of Object.entries(exchanges)) {
    const place = `/exchanges/${name}`;
    if (!isTimeZone(time_zone)) throw new ReferenceFileError(`${place}/time_zone ${time_zone} is not known`);
    if (calendar !== null && !Object.hasOwn(calendars, calendar)) {
      throw new ReferenceFileError(`${place}/calendar ${calendar} is not one of /calendars`);
    }
    for (const [kind, entries] of Object.entries(hours)) {
      for (const { from, phases } of entries) {
        date(from, `${place}/hours/${kind}`);
        const times = phases.map(([, time]) => time);
        const ascending = times.every((time, i) => i === 0 || time > times[i - 1]);
        if (!ascending || !phases.some(([phase]) => phase === 'continuous')) {
          throw new ReferenceFileError(
            `${place}/hours/${kind} of ${from} needs phases in the order of time, one of them continuous`,
          );
        }
      }
    }
    for (const [kind, entries] of Object.entries(settlement)) {
      for (const { from } of entries) date(from, `${place}/settlement/${kind}`);
    }
  }
  for (const [symbol, { exchange, kind }] of Object.entries(products)) {
    if (exchanges[exchange].hours[kind]?.length) continue;
    throw new ReferenceFileError(
      `/products/${symbol} is of the kind ${kind}, of which ${exchange} has no hours`,
    );
  }
  for (const [symbol, entries] of Object.entries(lots)) {
    for (const each of entries) {
      date(each.expiries_from, `/lots/${symbol}`);
      if (each.traded_until !== undefined) date(each.traded_until, `/lots/${symbol}`);
      if (each.expiries_until === undefined) continue;
      date(each.expiries_until, `/lots/${symbol}`);
      if (each.expiries_until < each.expiries_from) {
        throw new ReferenceFileError(`/lots/${symbol} of ${each.expiries_from} ends before it begins`);
      }
    }
  }
  for (const [symbol, rules] of Object.entries(expiries)) {
    if (!Object.hasOwn(products, symbol)) {
      throw new ReferenceFileError(`/expiries/${symbol} is not one of /products`);
    }
    for (const { from } of rules) date(from, `/expiries/${symbol}`);
  }
}
