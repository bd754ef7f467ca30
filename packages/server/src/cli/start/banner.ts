import { marketPlace } from '../../adapters.ts';
import { tokenRule } from '../../kit/access/token-rule.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import type { Platform } from '../../launch.ts';
import { followedProducts, replayPath, sourceKind } from '../../services/feed/source-settings.ts';
import { urlOf, VERSION } from '../../services.ts';
import type { Settings } from '../../settings/compose.ts';
import { isShared } from '../../settings/places.ts';
import { masked } from '../../settings/read.ts';

/** What a user needs to know at the start, in one glance. */
export function banner(settings: Settings, { urls, listening, ports, services }: Platform): string {
  const names = Object.keys(services);
  const reach =
    urls
      .map((url, i) =>
        listening[i] === 'gateway' ? `${url}  (API: ${url}/api/docs)` : `${url} (${listening[i]})`,
      )
      .join(', ') || 'nothing runs here';
  const guarded = Object.values<Service>(services).some(({ name, routes }) => routes || name === 'gateway');
  return [
    `DeltaStream ${VERSION}`,
    `  URL     ${reach}`,
    ...(guarded ? [`  Access  ${describeAccess(settings)}`] : []),
    ...(guarded && !services.auth
      ? [`  Tokens  checked with the auth service at ${urlOf('auth', settings)}`]
      : []),
    ...(isShared(settings.bus) ? [`  Bus     ${masked(settings.bus)}`] : []),
    ...(settings.only ? [`  Runs    ${names.join(', ')}`] : []),
    ...(services.feed || !settings.only ? [`  Source  ${describeSource(settings)}`] : []),
    ...(ports.marketStore || ports.marketReader ? [`  Data    ${marketPlace(settings)}`] : []),
    '  Stop    Ctrl-C',
    '',
  ].join('\n');
}

function describeAccess(settings: Settings): string {
  const { required, reason } = tokenRule(settings);
  return `${required ? 'market data needs a token' : 'market data is open'}: ${reason}`;
}

function describeSource(settings: Settings): string {
  switch (sourceKind(settings)) {
    case 'replay':
      return `recording ${replayPath(settings)}, speed ${settings.speed}`;
    case 'live':
      return [...followedProducts(settings)]
        .map(([venue, products]) => `${venue}, live: ${products.join()}`)
        .join('; ');
    case 'none':
      return 'none; serving what is stored';
    case 'synthetic':
      return 'synthetic: generated prices, not a market';
  }
}
