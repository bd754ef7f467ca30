import {
  DAY_MS,
  dateOfDay,
  dayNumber,
  exchangeDate,
  localInstant,
  productInfo,
} from '@deltastream/reference';

/** Tells when a day of an exchange is over: that of the first product it is asked of, of UTC where that is not known. */
export interface ExchangeDays {
  /** True where the instant (epoch ms) is of a later day than those before it. */
  begins(product: string, at: number): boolean;
}

export function createExchangeDays(): ExchangeDays {
  let endOf: ((at: number) => number) | null = null;
  let endsAt = Number.NaN;
  return {
    begins(product, at) {
      endOf ??= dayEndOn(product);
      if (at < endsAt) return false;
      const isFirst = Number.isNaN(endsAt);
      endsAt = endOf(at);
      return !isFirst;
    },
  };
}

function dayEndOn(product: string): (at: number) => number {
  const exchange = productInfo(product)?.exchange;
  if (exchange === undefined) return (at) => (Math.floor(at / DAY_MS) + 1) * DAY_MS;
  return (at) => localInstant(exchange, dateOfDay(dayNumber(exchangeDate(exchange, at)) + 1), 0);
}
