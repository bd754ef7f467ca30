import type { DeliverySettings } from './delivery/settings.ts';
import type { RuleSettings } from './rules/rule-settings.ts';
import type { RuntimeSettings } from './runtime/runtime-settings.ts';

export interface AlertsConfig {
  readonly stopTimeoutMs: number;
  readonly runtime: RuntimeSettings;
  readonly delivery: DeliverySettings;
  readonly rules: RuleSettings;
  /** Where the secret is kept that seals targets, where the settings give none. */
  readonly secretFile: string;
  /** Only messages of it are evaluated; null: all. */
  readonly dataset: string | null;
  /** Where the store is, on whose volume rules about the disk look; null where it is on a server. */
  readonly folder: string | null;
}
