import type { Logger } from '../logging/log.ts';
import { inSpan, isRecorded, logContext } from './trace-context.ts';

type Method = (this: unknown, ...given: unknown[]) => unknown;

/** A store whose reads and writes are spans of what is recorded at that moment; otherwise it is the store as it is. */
export function traceStore<Store extends object>(store: Store, logger: Logger): Store {
  const properties = Object.getOwnPropertyDescriptors(store) as Record<string, PropertyDescriptor>;
  for (const [name, property] of Object.entries(properties)) {
    if (typeof property.value !== 'function') continue;
    const method = property.value as Method;
    property.value = (...given: unknown[]) => {
      if (!isRecorded(logContext())) return method.apply(store, given);
      const begun = method.apply(store, given);
      if (!(begun instanceof Promise)) return begun;
      return inSpan(logger, `store ${name}`, 'client', () => begun);
    };
  }
  return Object.defineProperties({}, properties) as Store;
}
