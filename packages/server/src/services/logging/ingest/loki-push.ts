import { type LogEntry, splitContext } from '../../../ports/stores/logs/log-store.ts';
import { isObject, itemsOf, levelNamed, msOfNanos, type Taken, withinLine } from './taken.ts';

const UNNAMED_SERVICE = 'unknown_service';
const NAMES = ['service_name', 'service', 'job', 'level', 'detected_level'] as const;

/** The JSON of Loki's push. A time is text of nanoseconds; the third of a value are strings by name. */
export function readLokiPush(request: unknown, taken: Taken, maxLine: number): void {
  let line = 0;
  const refuse = (reason: string) => taken.refuse(line, reason);
  for (const stream of itemsOf(isObject(request) ? request.streams : undefined)) {
    if (!isObject(stream) || !Array.isArray(stream.values)) {
      line += 1;
      refuse('a stream has no list of values');
      continue;
    }
    const labels = labelsOf(isObject(stream.stream) ? stream.stream : {}, maxLine);
    for (const value of stream.values) {
      line += 1;
      const [time, text, metadata = {}] = itemsOf(value);
      const timestamp = typeof time === 'string' ? msOfNanos(time) : null;
      if (timestamp === null) refuse('the time of an entry is no text of nanoseconds');
      else if (typeof text !== 'string') refuse('the line of an entry is no text');
      else if (!isObject(metadata)) refuse('the metadata of an entry are no object');
      else taken.keep(entryOf(Math.trunc(timestamp), text, { ...labels, ...metadata }));
    }
  }
}

/** What names service and level stays, also of labels that are too long for a line. */
function labelsOf(labels: Record<string, unknown>, maxLine: number): Record<string, unknown> {
  const named = Object.fromEntries(NAMES.flatMap((name) => (name in labels ? [[name, labels[name]]] : [])));
  return { ...withinLine(labels, maxLine), ...named };
}

function entryOf(timestamp: number, message: string, labels: Record<string, unknown>): LogEntry {
  const { service_name, service, job, level, detected_level, ...others } = labels;
  const named = [service_name, service, job].find((name) => typeof name === 'string' && name !== '');
  return {
    ...splitContext(others),
    ...{ timestamp, message },
    level: levelNamed(level ?? detected_level),
    service: typeof named === 'string' ? named : UNNAMED_SERVICE,
  };
}
