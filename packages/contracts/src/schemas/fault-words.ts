/** What a validator found: Ajv's and TypeBox's have these fields alike. */
export interface SchemaFault {
  readonly keyword?: string;
  readonly message?: string;
  readonly params?: unknown;
}

/** Shown where a schema has no example of its own. */
const EXAMPLES_BY_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-08-19T05:57:00Z',
  date: '2026-08-25',
  email: 'you@example.com',
  uri: 'https://example.com',
};

const UNKNOWN_NAME = 'is not a name that is known here';

/**
 * What is wrong with a value, for who sent it: the values there are, or one that would be right, where the validator names its rule.
 * `schema` is the one that the value does not fit, as far as it is known.
 */
export function faultInWords(
  { keyword, message = 'is not valid', params }: SchemaFault,
  schema?: object,
): string {
  const given = (params ?? {}) as Partial<Record<string, unknown>>;
  const { examples } = (schema ?? {}) as { examples?: readonly unknown[] };
  switch (keyword) {
    case 'enum':
      return Array.isArray(given.allowedValues)
        ? `must be one of ${given.allowedValues.join(', ')}`
        : message;
    case 'minimum':
      return `must be at least ${given.limit}`;
    case 'maximum':
      return `must be at most ${given.limit}`;
    case 'format':
    case 'pattern': {
      const example = examples?.[0] ?? EXAMPLES_BY_FORMAT[String(given.format)];
      return example === undefined ? message : `must be written like ${example}`;
    }
    case 'additionalProperties':
      return given.additionalProperty === undefined ? message : `${given.additionalProperty} ${UNKNOWN_NAME}`;
    // Of what additional properties are not allowed to be; its place is the name.
    case 'boolean':
      return UNKNOWN_NAME;
    default:
      return message;
  }
}
