import type { EnrichedChain, getExposureProfile } from '@deltastream/contracts';
import { chainGammaFlip } from '@deltastream/quant';
import type { Static } from 'typebox';
import { exposureInputs } from '../../../kit/chains/exposure-by-strike.ts';

type ProfileResponse = Static<(typeof getExposureProfile.schema.response)[200]>;

/** Net gamma exposure of a chain over levels of its underlying. */
export function exposureProfile(chain: EnrichedChain): ProfileResponse {
  const { known, head } = exposureInputs(chain);
  if (known === null) return { ...head, gamma_flip: null, crossings: [], count: 0, levels: [] };
  const { level, crossings, levels, exposures } = chainGammaFlip(known);
  const points = Array.from(levels, (at, i) => ({ level: at, gex: exposures[i] }));
  return { ...head, gamma_flip: level, crossings, count: points.length, levels: points };
}
