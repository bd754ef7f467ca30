import type { SubscriptionRequest } from '@deltastream/contracts';
import type { MarketState } from '../market/market-state.ts';
import type { OwnerFirings } from '../market/owner-firings.ts';
import { alertContent, ownAlertContent } from './alert-content.ts';
import { barContent } from './bar-content.ts';
import { chainView, summaryView } from './chain-views.ts';
import type { RoomContent } from './channels.ts';
import { expiryContent } from './expiry-content.ts';
import { exposureView, figuresView } from './figure-views.ts';
import type { Grant } from './grant.ts';
import { priceContent } from './price-content.ts';
import { surfaceContent } from './surface-content.ts';
import { tracedContent } from './traced-content.ts';

/** What is sent of a room, by its type. */
export function contentOf(
  request: SubscriptionRequest,
  grant: Grant,
  state: MarketState,
  firings: OwnerFirings,
): RoomContent {
  const content = untracedContent(request, grant, state, firings);
  return request.trace === true ? tracedContent(content) : content;
}

function untracedContent(
  request: SubscriptionRequest,
  grant: Grant,
  state: MarketState,
  firings: OwnerFirings,
): RoomContent {
  const { room, product } = grant;
  switch (request.type) {
    case 'own_alerts':
      return ownAlertContent(product, room, firings);
    case 'product':
      return priceContent(product, state, grant.intervalMs === 0);
    case 'alerts':
      return alertContent(product, state);
    case 'surface':
      return surfaceContent(() => state.surface(product));
    case 'bars':
      return barContent(product, request.bar ?? '1m', state);
    case 'figures':
      return expiryContent(
        { room, product, expiry: request.expiry ?? null },
        state,
        figuresView(new Set(request.figures)),
      );
    case 'exposure': {
      const view = exposureView(request.model ?? 'dealer_short_puts_long_calls');
      return expiryContent({ room, product, expiry: request.expiry ?? null }, state, view);
    }
    case 'summary':
      return expiryContent({ room, product, expiry: request.expiry ?? null }, state, summaryView);
    case 'chain': {
      const view = chainView(grant.mode ?? 'full', grant.strikes ?? null);
      return expiryContent({ room, product, expiry: request.expiry ?? null }, state, view);
    }
  }
}
