import type { Transform } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import type { Decoder, OpenedFile } from './decoder.ts';
import { createThreadDecoder } from './thread-decoder.ts';

const ZLIB_INPUT_BYTES = 16_384; // A thousandfold ratio makes 16 MB of it, before the budget sees them.
/** Pieces that a decoder of zlib puts out, and how much of them is held before it has to wait. */
export const ZLIB_OUTPUT = { chunkSize: 65_536 };
const OUTPUT_HELD_BYTES = 2 ** 20; // Keeps a decoder busy while a reader parses.
const PLAIN_BYTES = 65_536; // As much as a decoder puts out at a time.
/** Room for one column of a row group of millions of rows. No more: V8 lets garbage grow with the bound. */
const PARQUET_HEAP_MB = 256;
/** A column of a row group is dead when the next is read: with less room it would be moved about first. */
const PARQUET_YOUNG_MB = 32;
/** The largest window that zstd itself accepts without being asked to. */
const ZSTD_WINDOW = { [constants.ZSTD_d_windowLogMax]: 27 };

/** The compressions of a file, and tables that are not text, by their first bytes. They do their work on other threads than the event loop's. */
const COMPRESSIONS: readonly { readonly magic: readonly number[]; create(): Decoder }[] = [
  { magic: [0x1f, 0x8b], create: () => zlibDecoder(() => createGunzip(ZLIB_OUTPUT)) },
  {
    magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
    // It keeps next to nothing alive.
    create: () =>
      createThreadDecoder(new URL('./xz-worker.ts', import.meta.url), { maxOldGenerationSizeMb: 64 }),
  },
  {
    magic: [0x50, 0x41, 0x52, 0x31],
    create: () =>
      createThreadDecoder(new URL('./parquet-worker.ts', import.meta.url), {
        maxOldGenerationSizeMb: PARQUET_HEAP_MB,
        maxYoungGenerationSizeMb: PARQUET_YOUNG_MB,
      }),
  },
  {
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    create: () => zlibDecoder(() => createZstdDecompress({ ...ZLIB_OUTPUT, params: ZSTD_WINDOW })),
  },
];

export const MAGIC_BYTES = 6; // The longest of them.

/** Null for a file that is not compressed. */
export function decoderOf(head: Uint8Array): Decoder | null {
  const found = COMPRESSIONS.find(({ magic }) => magic.every((byte, i) => head[i] === byte));
  return found?.create() ?? null;
}

const zlibDecoder = (create: () => Transform): Decoder => ({
  decode: (file) => through(create(), plain(file, ZLIB_INPUT_BYTES)),
  close: async () => undefined,
});

/** The file as it is. */
export async function* plain(
  { handle, advanced }: OpenedFile,
  bytesAtOnce = PLAIN_BYTES,
): AsyncGenerator<Uint8Array> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(bytesAtOnce), 0, bytesAtOnce, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    advanced(position);
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * What a decoder of zlib makes of its input, a mebibyte of it held at most. Everything before the place where the
 * input breaks comes out, then it throws. The end is told to the decoder only after everything before it came out:
 * with the last chunk it would turn a truncated file's remaining output into an error.
 */
export async function* through(
  decoder: Transform,
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const output: Uint8Array[] = [];
  let held = 0;
  let failure: Error | null = null;
  let wake = () => {};
  decoder.on('data', (chunk: Uint8Array) => {
    output.push(chunk);
    held += chunk.length;
    if (held < OUTPUT_HELD_BYTES) return;
    decoder.pause();
    wake();
  });
  decoder.on('close', () => wake());
  decoder.on('error', (error) => {
    failure = error;
  });

  async function* outputOf(
    begin: (done: (error?: Error | null) => void) => void,
  ): AsyncGenerator<Uint8Array> {
    let taken = false;
    begin((error) => {
      failure ??= error ?? null;
      taken = true;
      wake();
    });
    do {
      // A write that fails calls nothing back: the end of the decoder settles it too.
      if (!taken && !decoder.destroyed && held < OUTPUT_HELD_BYTES) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      held = 0;
      yield* output.splice(0);
      if (decoder.isPaused()) {
        decoder.resume();
        await nextTurn();
      }
    } while (output.length > 0 || (!taken && !decoder.destroyed));
    if (failure) throw failure;
  }

  try {
    for await (const chunk of input) yield* outputOf((done) => decoder.write(chunk, done));
    yield* outputOf(() => decoder.end());
  } finally {
    decoder.destroy();
  }
}
