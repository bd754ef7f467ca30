import { LOG_LEVELS } from '@deltastream/contracts';
import { fieldText, type LogCriteria, type LogEntry } from '../../../ports/stores/logs/log-store.ts';

/** Whether an entry is one that the log store finds by these criteria; an id is not looked at. */
export function createEntryTest(criteria: LogCriteria): (entry: LogEntry) => boolean {
  const { minLevel, levels, fromMs = 0, toMs = Number.POSITIVE_INFINITY } = criteria;
  const least = minLevel === undefined ? 0 : LOG_LEVELS.indexOf(minLevel);
  const { service, event, product, userId, requestId, traceId, fields = [] } = criteria;
  const named = Object.entries({
    ...{ service, event, product },
    ...{ user_id: userId, request_id: requestId, trace_id: traceId },
  }).filter((pair): pair is [keyof LogEntry & string, string] => pair[1] !== undefined);
  const needles = (criteria.texts ?? []).map((text) => JSON.stringify(text).slice(1, -1).toLowerCase());

  return (entry) => {
    if (entry.timestamp < fromMs || entry.timestamp >= toMs) return false;
    if (LOG_LEVELS.indexOf(entry.level) < least || levels?.includes(entry.level) === false) return false;
    if (!named.every(([name, value]) => entry[name] === value)) return false;
    if (!fields.every(({ path, value }) => fieldText(entry.fields, path) === value)) return false;
    if (needles.length === 0) return true;
    const { message, fields: said } = entry;
    const text = JSON.stringify({ message, fields: said }).toLowerCase();
    return needles.every((needle) => text.includes(needle));
  };
}
