import type { StoredFiring } from '../../../../ports/stores/alerts/alert-records.ts';

/** What is sent through a channel at once: one firing, or those that waited for it. */
export interface AlertMessage {
  /** The same over all tries: receivers know a repetition by it. */
  readonly id: string;
  /** Sent by the test button. */
  readonly test: boolean;
  /** Oldest first, at least one. */
  readonly firings: readonly DeliveredFiring[];
}

/** What receivers are told of a firing. */
export type DeliveredFiring = Pick<
  StoredFiring,
  'id' | 'ruleId' | 'rule' | 'severity' | 'product' | 'expiry' | 'at' | 'message' | 'figures'
>;

const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The gravest of its firings. */
export const severityOf = ({ firings }: AlertMessage): Severity =>
  SEVERITIES[Math.max(...firings.map(({ severity }) => SEVERITIES.indexOf(severity)))];

/** A firing of no rule, so that a channel can be tried. */
export function testMessage(id: string, channel: string, atMs: number): AlertMessage {
  return {
    id,
    test: true,
    firings: [
      {
        id,
        ruleId: '',
        rule: 'Test message',
        severity: 'info',
        product: null,
        expiry: null,
        at: atMs,
        message: `The channel ${channel} works: alerts of DeltaStream arrive here.`,
        figures: {},
      },
    ],
  };
}
