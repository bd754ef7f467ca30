import Type from 'typebox';
import { IsoTime } from '../../market/views.ts';
import { nullable } from '../../schemas/nullable.ts';

export const forAdmins = ['unauthenticated', 'invalid_token', 'forbidden'] as const;

/** Between two tries a job waits; a dead one is in the dead-letter list, too. */
export const JOB_STATES = ['waiting', 'running', 'done', 'dead'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const jobFields = {
  id: Type.String(),
  state: Type.Enum([...JOB_STATES]),
  tries: Type.Integer(),
  reason: nullable(Type.String({ description: 'Why the last try failed' })),
  added_at: IsoTime,
  ended_at: nullable(IsoTime),
};

export const JobParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 300 }) });
