/** Bytes that are not what the codec wrote. `message` says what is wrong. */
export class MalformedBlobError extends Error {
  override readonly name = 'MalformedBlobError';
}
