import { LIFECYCLE } from '../../kit/lifecycle/lifecycle-settings.ts';
import type { ValuesOf } from '../../kit/settings-fragment.ts';
import { marketSchedule } from './market-schedule.ts';
import type { EnricherConfig } from './service.ts';
import { DEFAULT_CONCURRENCY, type ENRICHER } from './settings.ts';

const DEFAULT_MARKET_PRODUCTS = ['NIFTY'];

/** What the settings of the platform say to an enricher. Throws `invalid_setting` for a curve file that cannot be used. */
export async function enricherConfig(
  settings: ValuesOf<typeof ENRICHER.own & typeof LIFECYCLE.published> & {
    readonly products?: readonly string[];
  },
): Promise<EnricherConfig> {
  const { rate, rateCurve, concurrency, marketConcurrency, offHoursConcurrency } = settings;
  const curves = rateCurve === undefined ? undefined : (await import('./rate.ts')).readRateCurves(rateCurve);
  const common = { ...LIFECYCLE.of(settings), rate, curves, concurrency };
  if (marketConcurrency === undefined && offHoursConcurrency === undefined) {
    return common;
  }
  const schedule = marketSchedule(settings.marketProducts ?? settings.products ?? DEFAULT_MARKET_PRODUCTS, {
    market: marketConcurrency ?? concurrency ?? DEFAULT_CONCURRENCY,
    offHours: offHoursConcurrency ?? concurrency ?? DEFAULT_CONCURRENCY,
  });
  return { ...common, schedule };
}
