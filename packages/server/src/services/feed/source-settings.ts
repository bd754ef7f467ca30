import { RECORDED_PRODUCT } from '@deltastream/contracts';
import { dayNumber } from '@deltastream/reference';
import Type from 'typebox';
import { DeltaStreamError } from '../../kit/errors.ts';
import { settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';
import { productsByVenue, VENUE_NAMES, VENUE_PATTERN, venuesOf } from './live/venue-settings.ts';
import { syntheticProducts } from './synthetic/synthetic-settings.ts';

/** What the feed plays, or that there is none. */
export const SOURCE = settingsFragment('Source', {
  source: Type.String({
    default: 'synthetic',
    pattern: `^(synthetic|none|replay:.+|${VENUE_PATTERN}(,${VENUE_PATTERN})*)$`,
    description: `synthetic, replay:PATH, live venues by comma (${VENUE_NAMES.join()}, openalgo://HOST), or none (serve what is stored)`,
  }),
  recordedAt: Type.Optional(
    Type.String({
      pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?(Z|[+-]\\d{2}:\\d{2})$',
      description:
        'Instant of a replayed recording that does not say its own, such as 2024-06-20T10:15:00+05:30',
    }),
  ),
  recordedProduct: Type.Optional(
    Type.String({
      pattern: RECORDED_PRODUCT,
      description: 'Product of a replayed recording that does not say its own, such as RELIANCE',
    }),
  ),
  recordedExpiry: Type.Optional(
    Type.String({
      pattern: '^\\d{4}-\\d{2}-\\d{2}$',
      description: 'Expiry of a replayed recording that does not say its own, such as 2026-12-01',
    }),
  ),
  exitWhenDone: Type.Boolean({
    default: false,
    description:
      'Stop after a replay and what is retried of it; exit code 1 when something failed for good or nothing was read',
  }),
});

type SourceSettings = ValuesOf<typeof SOURCE.own>;

/** What kind of source the settings name. */
export function sourceKind({
  source,
}: Pick<SourceSettings, 'source'>): 'synthetic' | 'replay' | 'live' | 'none' {
  if (source.startsWith('replay:')) return 'replay';
  if (venuesOf(source) !== null) return 'live';
  return source === 'none' ? 'none' : 'synthetic';
}

/** Epoch ms of `--recorded-at`. Throws `invalid_setting` when there is no such instant. */
export function recordedAt({ recordedAt: text }: Pick<SourceSettings, 'recordedAt'>): number | undefined {
  if (text === undefined) return undefined;
  const instant = Date.parse(text);
  if (!Number.isNaN(instant)) return instant;
  throw new DeltaStreamError(
    'invalid_setting',
    `--recorded-at ${JSON.stringify(text)} is not a valid timestamp`,
  );
}

/** The date of `--recorded-expiry`. Throws `invalid_setting` when there is no such day. */
export function recordedExpiry({
  recordedExpiry: text,
}: Pick<SourceSettings, 'recordedExpiry'>): string | undefined {
  if (text === undefined || !Number.isNaN(dayNumber(text))) return text;
  throw new DeltaStreamError('invalid_setting', `--recorded-expiry ${JSON.stringify(text)} is not a date`);
}

/** The recording of a replay source. */
export const replayPath = ({ source }: Pick<SourceSettings, 'source'>): string =>
  source.slice('replay:'.length);

interface SourceAndProducts extends Pick<SourceSettings, 'source'> {
  readonly products?: readonly string[];
}

/** What a live source follows of each venue. Throws `invalid_setting` naming a product that is not clear. */
export const followedProducts = ({ source, products }: SourceAndProducts) =>
  productsByVenue(venuesOf(source) ?? [], products);

/** Products that will come although nothing was received of them yet, so that a client may ask for them at once. */
export function expectedProducts(
  settings: SourceAndProducts & { readonly syntheticFurtherProducts?: number },
): readonly string[] {
  const kind = sourceKind(settings);
  if (kind === 'live') return [...followedProducts(settings).values()].flat();
  if (kind !== 'synthetic') return [];
  return syntheticProducts({ ...settings, furtherProducts: settings.syntheticFurtherProducts });
}
