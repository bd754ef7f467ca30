import type { Server } from 'node:http';
import type { ServiceVitals } from '@deltastream/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { Registry } from 'prom-client';
import type { Check } from '../../ports/check.ts';
import type { LineBatch } from '../../ports/stores/logs/log-store.ts';
import type { TokenVerifier } from '../../ports/token-verifier.ts';

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
  vitals?(): Pick<ServiceVitals, 'feed' | 'products' | 'log_targets'>;
  /** The service's routes at their public paths, where it speaks HTTP. */
  readonly routes?: FastifyPluginAsync;
  /** Serves another protocol on the HTTP server where its routes are; called before that listens. */
  attach?(server: Server): void;
  /** Where it listens by itself, once started. */
  url?(): string;
  /** Checks tokens for the services of its process. Good from `start` on; rejects with `unavailable` before it. */
  readonly verifier?: TokenVerifier;
  /** A destination for the logger of its process, which may be the one it was given. Good before `start`, too. */
  readonly logSink?: LogSink;
}

/** What pino writes to: one line of JSON at a time. */
export interface LogSink {
  /** Never throws and never waits. */
  write(line: string): void;
  /** The same with many lines, whose bytes are good for the call only. Where this is not there, each is written. */
  writeBatch?(batch: LineBatch): void;
}

/** What a service offers to the HTTP server that serves it, in whichever process. */
export type HostedService = Pick<Service, 'name' | 'metrics' | 'ready' | 'routes' | 'attach'>;

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
  'ingest',
  'mirror',
  'alerts',
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];
