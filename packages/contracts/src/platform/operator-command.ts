import Type, { type Static } from 'typebox';
import { EpochMs } from '../market/chain.ts';
import { nullable } from '../schemas/nullable.ts';

/** What somebody told the platform to do, and what came of it: for the trail of security events. */
export const OperatorCommand = Type.Object({
  /** The same at every delivery. */
  id: Type.String({ minLength: 1, maxLength: 64 }),
  at: EpochMs,
  /** Method and route, the event of a socket, or the words of a command line. */
  command: Type.String({ minLength: 1, maxLength: 200 }),
  /** The service, or command line, that did it. */
  handled_by: Type.String({ minLength: 1, maxLength: 40 }),
  /** The account; null where nobody is known, as of a command line. */
  by: nullable(Type.String({ maxLength: 200 })),
  /** The API key of the account that was used. */
  key_id: nullable(Type.String({ maxLength: 200 })),
  /** An address; of a command line user and host. */
  ip: nullable(Type.String({ maxLength: 300 })),
  /** What it was done to, by the names of the route's parameters. */
  target: Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 1_000 })),
  /** What was asked for, as JSON text without secrets; cut where it is long. */
  request: nullable(Type.String({ maxLength: 2_000 })),
  /** `ok`, or the code of the error. */
  result: Type.String({ minLength: 1, maxLength: 64 }),
  request_id: nullable(Type.String({ maxLength: 200 })),
});
export type OperatorCommand = Static<typeof OperatorCommand>;
