import type { ConnectionLog } from '../connection/index.ts';
import type { Watchdog } from './watchdogs.ts';

/** Of a venue that fails as one, every product has the same fault: some are named, the others counted. */
const MOST_NAMED = 20; // As many as an operator reads.

/** Tells the log what began and what ceased to be wrong with the quotes of a venue, each once. */
export function createWatchdogLog(venue: string, log: ConnectionLog): (now: readonly Watchdog[]) => void {
  let before: ReadonlyMap<string, Watchdog> = new Map();
  const tell = (name: 'venue_watchdog_raised' | 'venue_watchdog_cleared', dogs: readonly Watchdog[]) => {
    for (const { kind, product, forMs, detail } of dogs.slice(0, MOST_NAMED))
      log.event(name, { venue, product, kind, for_ms: Math.round(forMs), detail });
    if (dogs.length > MOST_NAMED) log.event(name, { venue, further: dogs.length - MOST_NAMED });
  };
  return (list) => {
    const now = new Map(list.map((each) => [`${each.product} ${each.kind}`, each]));
    tell(
      'venue_watchdog_raised',
      [...now].flatMap(([key, each]) => (before.has(key) ? [] : [each])),
    );
    tell(
      'venue_watchdog_cleared',
      [...before].flatMap(([key, each]) => (now.has(key) ? [] : [each])),
    );
    before = now;
  };
}
