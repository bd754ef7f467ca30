import type { ServiceVitals } from '@deltastream/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { Registry } from 'prom-client';
import type { Check } from '../../ports/check.ts';

export type { Check } from '../../ports/check.ts';

/** A part of the platform, in whichever shape it runs. */
export interface Service {
  readonly name: ServiceName;
  /** Resolves when the service works; rejects with a DeltaStreamError that names the setting to change. */
  start(): Promise<void>;
  /** Finishes what is under way within its time limit; idempotent, allowed before and during start. */
  stop(): Promise<void>;
  /** What the service needs in order to do its work, checked now. */
  ready(): Promise<Check[]>;
  readonly metrics: Registry;
  /** What it tells the other processes of its work, besides whether it is ready. */
  vitals?(): Pick<ServiceVitals, 'feed' | 'products'>;
  /** The service's routes at their public paths, where it speaks HTTP. */
  readonly routes?: FastifyPluginAsync;
}

export const SERVICE_NAMES = [
  'feed',
  'enricher',
  'storage',
  'analytics',
  'auth',
  'gateway',
  'socket-gateway',
  'logging',
  'operations',
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];
