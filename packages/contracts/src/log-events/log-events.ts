import { AUTH_EVENTS, SECURITY_EVENTS } from './account-events.ts';
import { REDIS_EVENTS, STORES_EVENTS } from './adapter-events.ts';
import { ALERT_DELIVERY_EVENTS } from './alert-events.ts';
import type { LogEventEntry } from './log-event.ts';
import {
  ALERTS_EVENTS,
  ANALYTICS_EVENTS,
  ENRICHER_EVENTS,
  FEED_EVENTS,
  OPERATIONS_EVENTS,
  SOCKETS_EVENTS,
  STORAGE_EVENTS,
} from './market-events.ts';
import {
  GATEWAY_EVENTS,
  INGEST_EVENTS,
  LOGGING_EVENTS,
  MIRROR_EVENTS,
  PLATFORM_EVENTS,
} from './process-events.ts';

/** The events of the log by who writes them. A name stays for good: rules and searches of users name it. */
export const LOG_EVENT_AREAS = {
  'Of every process': PLATFORM_EVENTS,
  'Feeds and their sources': FEED_EVENTS,
  Enricher: ENRICHER_EVENTS,
  Storage: STORAGE_EVENTS,
  Analytics: ANALYTICS_EVENTS,
  Alerts: ALERTS_EVENTS,
  'Socket gateway': SOCKETS_EVENTS,
  Gateway: GATEWAY_EVENTS,
  Ingest: INGEST_EVENTS,
  Operations: OPERATIONS_EVENTS,
  'Delivery of alerts': ALERT_DELIVERY_EVENTS,
  Mirror: MIRROR_EVENTS,
  Logging: LOGGING_EVENTS,
  Accounts: AUTH_EVENTS,
  'Security events': SECURITY_EVENTS,
  Stores: STORES_EVENTS,
  'Redis: streams, jobs, cache and rate limits': REDIS_EVENTS,
} as const;

type Areas = typeof LOG_EVENT_AREAS;
/** A name of the catalogue; a line of any other does not compile. */
export type LogEvent = { [Area in keyof Areas]: keyof Areas[Area] }[keyof Areas];
export type SecurityEvent = keyof typeof SECURITY_EVENTS;

/** The one catalogue of what services log. */
export const LOG_EVENTS = Object.assign({}, ...Object.values(LOG_EVENT_AREAS)) as Readonly<
  Record<LogEvent, LogEventEntry>
>;

/** The catalogue as tables in Markdown, for docs/log-events.md. */
export const logEventTables = (): string =>
  Object.entries<Readonly<Record<string, LogEventEntry>>>(LOG_EVENT_AREAS)
    .map(([area, events]) => {
      const rows = Object.entries(events).map(
        ([name, { level, meaning }]) => `| \`${name}\` | ${level} | ${meaning} |`,
      );
      return [`## ${area}`, '', '| event | level | meaning |', '|---|---|---|', ...rows, ''].join('\n');
    })
    .join('\n');
