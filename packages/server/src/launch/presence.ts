import { productInfo, sessionIsOpen } from '@deltastream/reference';
import { createHeartbeats, type Heartbeats } from '../kit/health/heartbeats.ts';
import { createPlatformWatch, type PlatformWatch } from '../kit/health/platform-watch.ts';
import { PRESENCE } from '../kit/health/presence-settings.ts';
import { type Logger, serviceLogger } from '../kit/logging/log.ts';
import type { Bus } from '../ports/bus.ts';
import { systemClock } from '../ports/clock.ts';
import type { Settings } from '../settings/compose.ts';

/** What this process tells the others of itself, and what it knows of them. */
export interface Presence {
  readonly heartbeats: Heartbeats;
  readonly watch: PlatformWatch;
}

export function createPresence(bus: Bus, settings: Settings, root: Logger): Presence {
  const logger = serviceLogger(root, 'platform');
  const presence = PRESENCE.of(settings);
  const { heartbeatMs: intervalMs, finalStateTimeoutMs } = presence;
  const heartbeats = createHeartbeats({ bus, logger }, { intervalMs, finalStateTimeoutMs });
  const inSession = (product: string) => {
    const info = productInfo(product);
    return info ? sessionIsOpen(info, systemClock.now()) : null;
  };
  const ports = { bus, clock: systemClock, logger, own: heartbeats.process };
  return { heartbeats, watch: createPlatformWatch(ports, { ...presence, inSession }) };
}
