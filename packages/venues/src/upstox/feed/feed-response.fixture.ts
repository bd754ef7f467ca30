import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

/** The names in the schema. */
export const PACKAGE = 'com.upstox.marketdatafeederv3udapi.rpc.proto';

const schema = new URL('market-data-feed-v3.proto', import.meta.url);

/** The schema, as protobufjs reads it. */
export const feedSchema = protobuf.parse(readFileSync(schema, 'utf8')).root;

/** Writes and reads messages by the schema. */
export const FeedResponse = feedSchema.lookupType(`${PACKAGE}.FeedResponse`);
