export { RAW_MAGIC, type RawHead, type RawMarket } from './raw-records.ts';
export { createRawTap, type RawTap } from './raw-tap.ts';
export { type ReparsePorts, reparsed } from './reparse.ts';
