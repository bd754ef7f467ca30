import { readSync } from 'node:fs';
import xz from 'xz-decompress';
import { reasonOf } from '../../recording-error.ts';
import { type DecodingWork, serveDecoding } from './decoding-thread.ts';

const READ_BYTES = 65_536; // As much as is put out at a time.

/** What the decoder returns, xz-embedded's `enum xz_ret`, in words. */
const FAILURES: Readonly<Record<string, string>> = {
  '3': 'not enough memory',
  '4': 'it needs a larger dictionary than the 64 MiB that are given',
  '5': 'not the xz format',
  '6': 'it uses options of the xz format that are not supported',
  '7': 'its content is damaged',
  '8': 'it ends too early or is damaged',
};

async function* contentOf(
  { fd }: DecodingWork,
  advanced: (position: number) => void,
): AsyncGenerator<Uint8Array> {
  let position = 0;
  const compressed = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const bytes = new Uint8Array(READ_BYTES);
        const read = readSync(fd, bytes, 0, READ_BYTES, position);
        position += read;
        advanced(position);
        if (read === 0) controller.close();
        else controller.enqueue(bytes.subarray(0, read));
      },
    },
    { highWaterMark: 0 },
  );
  try {
    for await (const bytes of new xz.XzReadableStream(compressed)) yield bytes;
  } catch (error) {
    const code = /error code (\d+)$/.exec(reasonOf(error))?.[1] ?? '';
    throw new Error(FAILURES[code] ?? reasonOf(error), { cause: error });
  }
}

serveDecoding(contentOf);
