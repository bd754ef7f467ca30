import Type, { type Static } from 'typebox';
import { nullable } from '../schemas/nullable.ts';

/** Messages processed concurrently; the bound of `--concurrency` and of commands that change it. */
export const Concurrency = Type.Integer({ minimum: 1, maximum: 1024 });

const WorkerId = Type.String({ minLength: 1, maxLength: 300 });
const ServiceOfWorker = Type.String({ minLength: 1, maxLength: 40 });

export const CONCURRENCY_ORIGINS = ['setting', 'schedule', 'command'] as const;

const workerFields = {
  worker: Type.String({ minLength: 1, maxLength: 300, description: 'Names this consumer among all' }),
  service: ServiceOfWorker,
  host: Type.String({ maxLength: 255 }),
  pid: Type.Integer(),
  concurrency: Concurrency,
  concurrency_from: Type.Enum([...CONCURRENCY_ORIGINS], { description: 'What set it last' }),
  market_open: nullable(Type.Boolean({ description: 'As its schedule has it; null without a schedule' })),
};

/** A consumer that can be scaled, as REST shows it. */
export const WorkerView = Type.Object(workerFields);
export type WorkerView = Static<typeof WorkerView>;

/** The same, as the consumer says it of itself every few seconds, at a change, and when it ends. */
export const WorkerState = Type.Object({ ...workerFields, ended: Type.Boolean() });
export type WorkerState = Static<typeof WorkerState>;

/** What consumers are told: to say how they are, or how many messages to process concurrently. `worker` null means all of the service. */
export const WorkerCommand = Type.Union([
  Type.Object({ kind: Type.Literal('report') }),
  Type.Object({
    kind: Type.Literal('set_concurrency'),
    service: ServiceOfWorker,
    worker: nullable(WorkerId),
    concurrency: Concurrency,
  }),
]);
export type WorkerCommand = Static<typeof WorkerCommand>;
