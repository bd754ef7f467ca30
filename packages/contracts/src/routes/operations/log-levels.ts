import Type from 'typebox';
import { LEAST_LEVELS } from '../../platform/log-messages.ts';
import { nullable } from '../../schemas/nullable.ts';
import { adminRoute } from '../route.ts';

const level = Type.Enum([...LEAST_LEVELS], { description: 'Least level that is kept' });

export const setLogLevel = adminRoute('POST', '/api/admin/log-levels', {
  summary: 'Set from which level on a service logs, in every process (administrators)',
  description:
    'Holds for processes that run now, until they end; a new process begins with its own setting. Without a service ' +
    'it holds for all, also for those that were given a level of their own.',
  body: {
    service: Type.Optional(Type.String({ minLength: 1, maxLength: 40, examples: ['enricher'] })),
    level,
  },
  response: Type.Object({ service: nullable(Type.String()), level }),
  failures: ['unavailable'],
});
