/** `source` of generated data, which keeps no exchange's hours. */
export const SYNTHETIC_SOURCE = 'synthetic';
/** `source` of generated data that does: it is silent and its spot stands still when theirs are. */
export const SYNTHETIC_SESSIONS_SOURCE = 'synthetic-sessions';
