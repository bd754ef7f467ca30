import { readFileSync } from 'node:fs';

/**
 * Loaded into a process, and each of its threads, by `--import`: shifts its wall clock by the milliseconds that the file
 * of DELTASTREAM_CLOCK_OFFSET_FILE holds, looked up every 20 ms. Monotonic time and timers are untouched, as when an
 * administrator sets the clock of the machine.
 */
const file = process.env.DELTASTREAM_CLOCK_OFFSET_FILE;
const RealDate = Date;
let offsetMs = 0;

if (file !== undefined) {
  const look = () => {
    offsetMs = Number(readFileSync(file, 'utf8')) || 0;
  };
  look();
  setInterval(look, 20).unref();
  globalThis.Date = class extends RealDate {
    constructor(...given: unknown[]) {
      if (given.length === 0) super(RealDate.now() + offsetMs);
      else super(...(given as [number]));
    }
    static override now(): number {
      return RealDate.now() + offsetMs;
    }
  } as DateConstructor;
}
