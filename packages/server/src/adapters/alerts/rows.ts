import type {
  AlertChannel,
  AlertRule,
  DeliveryAttempt,
  NewFiring,
  StoredFiring,
} from '../../ports/stores/alerts/alert-records.ts';

/** A row of a SQL database, whose columns have the types of its schema. */
export type Row = Record<string, unknown>;

/** Its mute stands apart, as it changes without a new version. */
export function toRule(row: Row): AlertRule {
  const definition = JSON.parse(row.definition as string) as AlertRule['definition'];
  return {
    id: row.id as string,
    owner: row.owner as string,
    version: row.version as number,
    definition: { ...definition, muted_until: row.muted_until as string | null },
    status: row.status as AlertRule['status'],
    problem: row.problem as string | null,
    createdAt: row.created_at as number,
    updatedAt: row.updated_at as number,
    lastFiredAt: row.last_fired_at as number | null,
    firings: row.firings as number,
  };
}

export const toChannel = (row: Row): AlertChannel => ({
  id: row.id as string,
  owner: row.owner as string,
  version: row.version as number,
  name: row.name as string,
  kind: row.kind as AlertChannel['kind'],
  sealedTarget: row.sealed_target as string,
  shown: row.shown as string,
  status: row.status as AlertChannel['status'],
  reason: row.reason as string | null,
  createdAt: row.created_at as number,
  lastDeliveredAt: row.last_delivered_at as number | null,
  notBefore: row.not_before as number,
});

export const toFiring = (row: Row): StoredFiring => ({
  ...(JSON.parse(row.firing as string) as NewFiring),
  seq: row.seq as number,
  keptAt: row.kept_at as number,
});

export const toAttempt = (row: Row): DeliveryAttempt => JSON.parse(row.attempt as string) as DeliveryAttempt;
