import Type from 'typebox';
import { bytes, count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

/** Of every connection to PostgreSQL, and of the market store on it. */
export const POSTGRES = settingsFragment('PostgreSQL', {}, 'postgres', {
  connectTimeoutMs: ms(2_000, 'Longest time for opening a connection, or waiting for one of the pool'),
  statementTimeoutMs: ms(10_000, 'Longest time of a statement, after which the server ends it'),
  replyTimeoutMs: ms(15_000, 'Longest silence of a server that was asked; longer than a statement may take'),
  lockTimeoutMs: ms(5_000, 'Longest wait for a row or table that another process holds'),
  idleTransactionMs: ms(10_000, 'Pause inside a transaction after which the server gives up its locks'),
  idleConnectionMs: ms(30_000, 'Time after which a connection that nobody needs is closed'),
  retryMinMs: ms(100, 'First wait before a server that was away is tried again'),
  retryMaxMs: ms(2_000, 'Longest such wait; each is twice the one before'),
  maxConnections: count(10, 'connections', 'Connections at a time; further operations wait for one'),
  maxPendingBytes: bytes(16_777_216, 'Puts not yet durable beyond which further puts wait'),
  maxCommitBytes: bytes(4_194_304, 'Bytes of one commit'),
  synchronousCommit: Type.Enum(['on', 'remote_apply', 'remote_write', 'local', 'off'], {
    default: 'on',
    description:
      'What a put waits for, as synchronous_commit of the server; with off a crash of it loses what it acknowledged last',
  }),
  daysAhead: count(2, 'days', 'Days after today whose partitions are made before they are needed', 0, 366),
  retentionDays: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 36_500,
      unit: 'days',
      description:
        'Former name of --keep-snapshots and --keep-summaries together, where --store is PostgreSQL; says nothing elsewhere',
      replacedBy: ['keepSnapshots', 'keepSummaries'],
      replacedWhere: { setting: 'store', pattern: '^postgres(ql)?:' },
    }),
  ),
  sweepIntervalMs: ms(
    3_600_000,
    'How often partitions are made ahead, and those that are kept no longer dropped',
  ),
});

export type PostgresSettings = ValuesOf<typeof POSTGRES.own>;
