import { CHAIN_FIGURES } from '@deltastream/client';
import { useChoice } from '../../panel/choice/choice.tsx';

const KINDS = {
  gex: 'GEX',
  dex: 'DEX',
  vex: 'VEX',
  vanna_exposure: 'Vanna',
  charm_exposure: 'Charm',
} as const;
export type ExposureKind = keyof typeof KINDS;

export const nameOf = (kind: ExposureKind): string => KINDS[kind];
export const unitOf = (kind: ExposureKind): string => CHAIN_FIGURES[`${kind}_net`].unit;

/** Which exposure the panels of exposures show; one choice for all of them. */
export const useExposureKind = () => useChoice('exposure', 'Exposure', KINDS);
