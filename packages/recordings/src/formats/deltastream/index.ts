export {
  type FileHead,
  type FileRecord,
  headLine,
  headOfLine,
  recordParts,
  recordsOf,
} from './record-stream.ts';
export {
  lostRecord,
  messageRecord,
  SESSION_MAGIC,
  type SessionNote,
  sessionHead,
} from './session-records.ts';
