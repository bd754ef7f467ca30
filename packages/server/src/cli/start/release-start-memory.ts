import { createHook } from 'node:async_hooks';
import { nextTick } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Returns to the operating system what loading and starting took and running does not need: garbage, free pages of the
 * heap, bytecode of functions that ran once. By itself V8 does so only under pressure, so an idle process would hold it
 * for its life. Blocks the thread, for 0.1 to 0.3 s at the heap of a start: to be called once, before there is load.
 */
export function releaseStartMemory(): void {
  held.push(tickObject());
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NodeJS.GCFunction;
  // As it was: compiled code is kept, and accepted, for one set of flags only.
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', flavor: 'last-resort' });
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
