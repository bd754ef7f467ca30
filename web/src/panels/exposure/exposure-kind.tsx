import { CHAIN_FIGURES } from '@deltastream/client';
import { useMarketView } from '../../market/view/market-view.tsx';
import { useChoice } from '../../panel/choice/choice.tsx';

const KINDS = {
  gex: 'GEX',
  dex: 'DEX',
  vex: 'VEX',
  vanna_exposure: 'Vanna',
  charm_exposure: 'Charm',
} as const;
export type ExposureKind = keyof typeof KINDS;

/** As the catalogue of figures names the currency of every product. */
const QUOTE_CURRENCY = 'quote currency';

export const nameOf = (kind: ExposureKind): string => KINDS[kind];

/** In what an exposure of the product shown is told, e.g. `INR per 1% move`. */
export function useExposureUnit(kind: ExposureKind): string {
  const currency = useMarketView().product?.currency ?? QUOTE_CURRENCY;
  return CHAIN_FIGURES[`${kind}_net`].unit.replace(QUOTE_CURRENCY, currency);
}

/** Which exposure the panels of exposures show; one choice for all of them. */
export const useExposureKind = () => useChoice('exposure', 'Exposure', KINDS);
