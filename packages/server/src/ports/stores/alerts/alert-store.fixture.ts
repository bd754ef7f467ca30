import { completeRule } from '@deltastream/contracts';
import type {
  AlertChannel,
  AlertRule,
  DeliveryAttempt,
  EvaluationBatch,
  Lease,
  NewFiring,
} from './alert-records.ts';
import type { AlertStore } from './alert-store.ts';

export const NOW = 1_787_119_020_000;

export const alertRule = ({ definition, ...fields }: Partial<AlertRule> = {}): AlertRule => ({
  id: 'r1',
  owner: 'u1',
  version: 1,
  definition: {
    ...completeRule({ name: 'PCR high 例', products: ['NIFTY'], condition: 'pcr_oi > 1.2' }),
    ...definition,
  },
  status: 'armed',
  problem: null,
  createdAt: 10,
  updatedAt: 10,
  lastFiredAt: null,
  firings: 0,
  ...fields,
});

export const named = (name: string, fields: Partial<AlertRule> = {}): AlertRule =>
  alertRule({ ...fields, definition: { ...alertRule().definition, name } });

export const channel = (fields: Partial<AlertChannel> = {}): AlertChannel => ({
  id: 'c1',
  owner: 'u1',
  version: 1,
  name: 'Desk 例',
  kind: 'webhook',
  sealedTarget: 'sealed',
  shown: 'hooks.example.com',
  status: 'ready',
  reason: null,
  createdAt: 10,
  lastDeliveredAt: null,
  notBefore: 0,
  ...fields,
});

export const firing = (id: string, fields: Partial<NewFiring> = {}): NewFiring => ({
  id,
  ruleId: 'r1',
  ruleVersion: 1,
  owner: 'u1',
  rule: 'PCR high 例',
  once: false,
  severity: 'warning',
  product: 'NIFTY',
  expiry: '2026-08-25',
  at: 1_000,
  message: 'PCR of NIFTY is 1.31',
  figures: { pcr_oi: 1.31, iv_rank: null },
  muted: false,
  channels: ['c1'],
  digestUntil: null,
  ...fields,
});

export const batch = (fields: Partial<EvaluationBatch> = {}): EvaluationBatch => ({
  atMs: NOW,
  positions: {},
  products: [],
  memories: [],
  firings: [],
  ...fields,
});

export const attempt = (id: string, fields: Partial<DeliveryAttempt> = {}): DeliveryAttempt => ({
  id,
  owner: 'u1',
  channelId: 'c1',
  channel: 'Desk 例',
  kind: 'webhook',
  firingIds: ['f1'],
  test: false,
  attempt: 1,
  at: 1_000,
  outcome: 'delivered',
  status: 204,
  reason: null,
  durationMs: 12.5,
  ...fields,
});

/** The lease of a partition that nobody holds. */
export async function leased(store: AlertStore, partition = 0, holder = 'w1'): Promise<Lease> {
  const lease = await store.lease(partition, holder, NOW, 10_000);
  if (lease === null) throw new Error(`partition ${partition} is held`);
  return lease;
}
