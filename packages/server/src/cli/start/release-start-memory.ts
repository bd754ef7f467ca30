import { createHook } from 'node:async_hooks';
import { nextTick } from 'node:process';
import { collectEverywhere } from '../../kit/lifecycle/collect-garbage.ts';

/**
 * Returns to the operating system what loading and starting took and running does not need. By itself V8 does so only
 * under pressure, so an idle process would hold it for its life. Blocks the thread, for 0.1 to 0.3 s at the heap of a
 * start: to be called once, before there is load. Threads of stores do so after it, one by one.
 */
export async function releaseStartMemory(): Promise<void> {
  held.push(tickObject());
  await collectEverywhere();
}

/** Objects whose hidden classes are to outlive every collection. */
const held: unknown[] = [];

/**
 * What Node makes for each `process.nextTick`. A collection at a moment when there is none drops its hidden class, and what
 * V8 had learned of the four calls in each response then makes them several times as slow for the life of the process: 5 %
 * of the processor time of a cached response. Undefined where Node makes nothing of the kind.
 */
export function tickObject(): unknown {
  let found: unknown;
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      if (type === 'TickObject') found = resource;
    },
  });
  hook.enable();
  nextTick(() => undefined);
  hook.disable();
  return found;
}
