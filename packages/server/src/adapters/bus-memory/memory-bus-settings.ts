export interface MemoryBusOptions {
  /** Bytes of frames a consumer group may be behind before the overflow policy applies; 256 MiB. */
  readonly maxBacklogBytes?: number;
  /** Beyond the bound: `wait` holds the publisher back (replay), `drop_oldest` drops and counts (live). */
  readonly overflow?: 'wait' | 'drop_oldest';
  /** Deliveries before a frame is a dead letter; 5. */
  readonly maxDeliveries?: number;
  /** Time after which a rejected frame is delivered again; 2,000 ms. */
  readonly redeliveryDelayMs?: number;
  /** Dead letters kept per topic; the oldest go first; 10,000. */
  readonly maxDeadLetters?: number;
  /** Frames kept per topic for followers that resume; 256. */
  readonly historyLength?: number;
}

export type MemoryBusSettings = Required<MemoryBusOptions>;

/** The given bounds, the defaults for the others. */
export function memoryBusSettings(options: MemoryBusOptions): MemoryBusSettings {
  return {
    maxBacklogBytes: options.maxBacklogBytes ?? 256 * 1024 * 1024,
    overflow: options.overflow ?? 'wait',
    maxDeliveries: options.maxDeliveries ?? 5,
    redeliveryDelayMs: options.redeliveryDelayMs ?? 2000,
    maxDeadLetters: options.maxDeadLetters ?? 10_000,
    historyLength: options.historyLength ?? 256,
  };
}
