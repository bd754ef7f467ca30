import { bytes, count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

/** Of every connection to MongoDB, and of the market store on it. */
export const MONGO = settingsFragment('MongoDB', {}, 'mongo', {
  serverSelectionTimeoutMs: ms(2_000, 'Longest an operation waits for a server to be there'),
  connectTimeoutMs: ms(2_000, 'Longest time for opening a connection'),
  socketTimeoutMs: ms(10_000, 'Longest silence on a connection with an operation under way'),
  writeTimeoutMs: ms(5_000, 'Longest the server waits for a majority to have a write'),
  maxConnections: count(10, 'connections', 'Connections at a time; further operations wait for one'),
  heartbeatMs: ms(1_000, 'How often the servers are looked at, and so how soon one is noticed'),
  maxPendingBytes: bytes(16_777_216, 'Puts not yet durable beyond which further puts wait'),
  maxCommitBytes: bytes(4_194_304, 'Bytes of one commit'),
  readableIntervalMs: ms(30_000, 'How often `chain_latest` is written for people to read; 0: never', 0),
  sweepIntervalMs: ms(3_600_000, 'How often collections of days that are kept no longer are dropped'),
  writerLeaseMs: ms(60_000, 'Silence after which another writer is taken for gone'),
});

export type MongoSettings = ValuesOf<typeof MONGO.own>;
