import type { ResponseOf, Routes } from '@deltastream/client';
import { LOG_EVENT_AREAS } from '@deltastream/client/log-events';
import { withField } from '../../logs/search/log-filter.ts';

type Line = ResponseOf<Routes['listLogs']>['logs'][number];

/** Security events of the catalogue, with what each means. */
export const SECURITY_EVENTS: readonly (readonly [name: string, meaning: string])[] = Object.entries<{
  readonly meaning: string;
}>(LOG_EVENT_AREAS['Security events']).map(([name, { meaning }]) => [name, meaning]);

const MEANINGS = new Map(SECURITY_EVENTS);

/** What security events are looked for by; empty for all. */
export interface AuditFilter {
  readonly event?: string;
  /** The account it happened to. */
  readonly user?: string;
  /** The administrator who did it. */
  readonly by?: string;
  readonly ip?: string;
  /** ISO-8601. */
  readonly from?: string;
  /** Exclusive. */
  readonly to?: string;
}

/** How the log is asked for security events: entries of service `auth` that are marked as such. */
export function auditRequest({ event, user, by, ip, from, to }: AuditFilter) {
  let fields = 'audit=true';
  if (by !== undefined) fields = withField(fields, 'by', by);
  if (ip !== undefined) fields = withField(fields, 'ip', ip);
  return {
    service: 'auth',
    fields,
    ...(event !== undefined && { event }),
    ...(user !== undefined && { user_id: user }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

export const AUDIT_COLUMNS = ['Time', 'What', 'Account', 'By', 'Where', 'More', 'Request'] as const;
/** Fields that have a column of their own, or say that the entry is a security event. */
const SHOWN = new Set(['audit', 'by', 'ip', 'network']);

/** Who, what, when and where of each event. */
export const auditRows = (lines: readonly Line[], instant: (iso: string) => string) =>
  lines.map(({ timestamp, event, message, user_id, request_id, fields }) => {
    const text = (name: string) =>
      fields[name] === undefined || fields[name] === null ? null : String(fields[name]);
    const more = Object.entries(fields)
      .filter(([name, value]) => !SHOWN.has(name) && value !== null)
      .map(
        ([name, value]) =>
          `${name.replaceAll('_', ' ')} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
      );
    return [
      instant(timestamp),
      (event === null ? undefined : MEANINGS.get(event)) ?? event ?? message,
      user_id,
      text('by'),
      text('ip') ?? text('network'),
      more.length === 0 ? null : more.join(', '),
      request_id,
    ];
  });
