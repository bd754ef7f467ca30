import type { FastifyReply } from 'fastify';
import { DeltaStreamError } from '../errors.ts';

/**
 * Which fields of a response a client wants; null for all. Throws `invalid_request` that names an unknown one and the
 * parameter that it is in.
 */
export function readFields(
  fields: string | undefined,
  known: ReadonlySet<string>,
  parameter: 'fields' | 'figures' = 'fields',
): ReadonlySet<string> | null {
  if (fields === undefined) return null;
  const names = fields.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return new Set(names);
  throw new DeltaStreamError(
    'invalid_request',
    `querystring.${parameter}: there is no ${parameter.slice(0, -1)} "${unknown}" here`,
  );
}

/** The chosen fields of an object, in its own order. */
export function pickFields(view: object, names: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(view).filter(([name]) => names.has(name)));
}

/** Sends a response with some of its fields, which the serialiser of the complete one would refuse. */
export function sendFields(reply: FastifyReply, response: object): never {
  return reply.type('application/json; charset=utf-8').serializer(JSON.stringify).send(response) as never;
}
