import { Packr } from 'msgpackr';
import { Compile } from 'typebox/compile';
import { ChainHeader, ChainSummary, type EnrichedChain, type RawChain } from './chain.ts';
import { type ChainColumns, ENRICHED_COLUMNS, RAW_COLUMNS } from './columns.ts';
import { Revocations } from './revocation.ts';
import { SurfaceFit } from './surface.ts';
import { EnrichedTick, UnderlyingTick } from './tick.ts';
import { WorkerCommand, WorkerState } from './workers.ts';

/** Frame layout version; a reader rejects frames of any other version. */
export const FRAME_VERSION = 1;

/** A frame that does not decode to a message of its topic. `message` says what is wrong and where. */
export class MalformedFrameError extends Error {
  override readonly name = 'MalformedFrameError';
  readonly code = 'malformed_message';
}

/** Turns messages of one topic into bytes and back. Decoding validates, copies and never shares memory. */
export interface FrameCodec<T> {
  encode(message: T): Uint8Array;
  /** Throws MalformedFrameError. */
  decode(frame: Uint8Array): T;
}

/** What this file needs of a compiled schema. */
interface SchemaCheck<T> {
  Check(value: unknown): value is T;
  Errors(value: unknown): { instancePath: string; message: string }[];
}

const packr = new Packr({ useRecords: false });

const headerCheck = Compile(ChainHeader);
const summaryCheck = Compile(ChainSummary);
const tickCheck = Compile(UnderlyingTick);
const enrichedTickCheck = Compile(EnrichedTick);
const revocationsCheck = Compile(Revocations);
const surfaceCheck = Compile(SurfaceFit);
const workerStateCheck = Compile(WorkerState);
const workerCommandCheck = Compile(WorkerCommand);

export const rawChainFrames: FrameCodec<RawChain> = {
  encode: (chain) => packChain(chain, null),
  decode: (frame) => {
    const body = unpack(frame);
    return { ...readHeader(body), columns: readColumns(body, RAW_COLUMNS.length) };
  },
};

export const enrichedChainFrames: FrameCodec<EnrichedChain> = {
  encode: (chain) => packChain(chain, chain.summary),
  decode: (frame) => {
    const body = unpack(frame);
    return {
      ...readHeader(body),
      summary: conforming(summaryCheck, body.summary, 'summary'),
      columns: readColumns(body, ENRICHED_COLUMNS.length),
    };
  },
};

export const tickFrames: FrameCodec<UnderlyingTick> = recordFrames(tickCheck, 'tick');
export const enrichedTickFrames: FrameCodec<EnrichedTick> = recordFrames(enrichedTickCheck, 'tick');
export const revocationFrames: FrameCodec<Revocations> = recordFrames(revocationsCheck, 'revocations');
export const surfaceFrames: FrameCodec<SurfaceFit> = recordFrames(surfaceCheck, 'surface');
export const workerStateFrames: FrameCodec<WorkerState> = recordFrames(workerStateCheck, 'worker');
export const workerCommandFrames: FrameCodec<WorkerCommand> = recordFrames(workerCommandCheck, 'command');

function recordFrames<T>(check: SchemaCheck<T>, name: string): FrameCodec<T> {
  return {
    encode: (message) => packr.pack({ v: FRAME_VERSION, [name]: message }),
    decode: (frame) => conforming(check, unpack(frame)[name], name),
  };
}

function packChain(chain: ChainHeader & { columns: ChainColumns }, summary: ChainSummary | null) {
  const { values, count } = chain.columns;
  const header: ChainHeader = {
    product: chain.product,
    expiry: chain.expiry,
    expiry_at: chain.expiry_at,
    timestamp: chain.timestamp,
    epoch: chain.epoch,
    seq: chain.seq,
    source: chain.source,
    currency: chain.currency,
    spot: chain.spot,
    future: chain.future,
    lot_size: chain.lot_size,
    price_tick: chain.price_tick,
    quality: chain.quality,
  };
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return packr.pack({ v: FRAME_VERSION, header, summary, count, columns: bytes });
}

function unpack(frame: Uint8Array): Record<string, unknown> {
  let body: unknown;
  try {
    body = packr.unpack(frame);
  } catch (cause) {
    throw new MalformedFrameError(`not a MessagePack frame of ${frame.length} bytes`, { cause });
  }
  if (typeof body !== 'object' || body === null) throw new MalformedFrameError('frame is not an object');
  const fields = body as Record<string, unknown>;
  if (fields.v !== FRAME_VERSION) {
    throw new MalformedFrameError(`frame version is ${String(fields.v)}, expected ${FRAME_VERSION}`);
  }
  return fields;
}

function readHeader(body: Record<string, unknown>): ChainHeader {
  return conforming(headerCheck, body.header, 'header');
}

function readColumns(body: Record<string, unknown>, width: number): ChainColumns {
  const { count, columns } = body;
  if (!Number.isInteger(count) || (count as number) < 0) {
    throw new MalformedFrameError(`count is ${String(count)}, expected a whole number`);
  }
  if (!(columns instanceof Uint8Array)) throw new MalformedFrameError('columns are not bytes');
  const expected = (count as number) * width * 8;
  if (columns.length !== expected) {
    throw new MalformedFrameError(`columns are ${columns.length} bytes, expected ${expected}`);
  }
  const values = new Float64Array(expected / 8);
  new Uint8Array(values.buffer).set(columns);
  return { count: count as number, values };
}

function conforming<T>(check: SchemaCheck<T>, value: unknown, name: string): T {
  if (check.Check(value)) return value;
  const [first] = check.Errors(value);
  const where = `${name}${first?.instancePath.replaceAll('/', '.') ?? ''}`;
  throw new MalformedFrameError(`${where} ${first?.message ?? 'does not fit its schema'}`);
}
