import Type from 'typebox';
import { listTable } from '../../market/table.ts';
import { nullable } from '../../schemas/nullable.ts';
import { adminRoute } from '../route.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

/** A consumer group of a topic, or those who follow it. */
const StreamView = Type.Object({
  topic: Type.String({ examples: ['market:chains'] }),
  group: Type.String({
    description:
      '`followers`: those of the process that is asked who see every message; the slowest of them counts',
  }),
  length: count('Messages that the topic holds, processed ones included'),
  backlog: count('Messages that are published and not acknowledged'),
  pending: count('Those of them that were delivered to a consumer'),
  oldest_age_ms: nullable(
    Type.Number({
      minimum: 0,
      description:
        'Of the oldest message that is not acknowledged; null: there is none, or the bus keeps no age',
    }),
  ),
  pressure: Type.Number({
    minimum: 0,
    description:
      'How far the slowest group of the topic is behind, as a share of the bound; from 1 on it applies',
  }),
  redelivered: count('Since the bus began, as what follows'),
  dead_letters: count('Messages that the group gave up'),
  lost: count('Messages that a bound dropped before they were handled'),
});

export const listStreams = adminRoute('GET', '/api/admin/streams', {
  summary: 'Topics of the bus, and how far each consumer group is behind (administrators)',
  description:
    'On a bus of its own a process knows its topics; on a shared one those of every process, as last measured.',
  query: {},
  response: Type.Object({
    count: Type.Integer(),
    connected: Type.Boolean({
      description: 'Whether the bus can be reached; else the figures are the last known',
    }),
    streams: Type.Array(StreamView, { description: 'By topic and group' }),
  }),
  table: listTable('streams', StreamView),
});
