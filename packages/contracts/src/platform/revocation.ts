import Type, { type Static } from 'typebox';

/**
 * Sessions whose access tokens are refused from now on. `until` (ms since the Unix epoch) is when the last
 * of those tokens has expired by itself and the entry may be forgotten.
 */
export const Revocations = Type.Array(
  Type.Object({ sid: Type.String({ minLength: 1, maxLength: 64 }), until: Type.Integer({ minimum: 0 }) }),
  { maxItems: 1000 },
);
export type Revocations = Static<typeof Revocations>;
