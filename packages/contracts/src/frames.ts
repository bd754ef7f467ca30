import { Packr } from 'msgpackr';
import type { Static, TSchema } from 'typebox';
// The validator alone: `typebox/compile` loads 140 modules more, for conversions that nobody here asks for.
import Schema from 'typebox/schema';
import { PublishedFiring } from './alerts/published-firing.ts';
import { createChainCodec, createRawChainCodec } from './codec/chain-codec.ts';
import { PRODUCT_FIGURES_BY_ID, type ProductFigureValues } from './figures/product-figures.ts';
import { Alert } from './market/alert.ts';
import {
  ChainHeader,
  ChainSummary,
  type EnrichedChain,
  QUALITY_FLAGS,
  type RawChain,
} from './market/chain.ts';
import type { ColumnMemory } from './market/columns.ts';
import { type ProductFigures, ProductFiguresRecord } from './market/product-figures.ts';
import { SurfaceFit } from './market/surface.ts';
import { EnrichedTick, UnderlyingTick } from './market/tick.ts';
import { AccountQuestion, AccountStates } from './platform/account-states.ts';
import { Heartbeat } from './platform/heartbeat.ts';
import { LogLevelCommand, LogLines, TakenLogLines } from './platform/log-messages.ts';
import { OperatorCommand } from './platform/operator-command.ts';
import { ReplayState } from './platform/replay.ts';
import { Revocations } from './platform/revocation.ts';
import { WorkerCommand, WorkerState } from './platform/workers.ts';
import { ReplayCommand } from './routes/operations/replay.ts';
import { faultInWords, type SchemaFault } from './schemas/fault-words.ts';

/**
 * Layout version of records; a reader rejects frames of any other. Chains have that of their codec. A field that joins
 * a record is optional and keeps the version: a reader takes what lacks it, and ignores what it does not know.
 */
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

export interface RawChainFrames extends FrameCodec<RawChain> {
  /** @param memory where the columns go instead of fresh memory */
  decode(frame: Uint8Array, memory?: ColumnMemory): RawChain;
}

export interface EnrichedChainFrames extends FrameCodec<EnrichedChain> {
  /** @param raw the frame that the chain's raw columns were decoded from, as for the chain codec */
  encode(chain: EnrichedChain, raw?: Uint8Array): Uint8Array;
  /** @param memory where the columns go instead of fresh memory */
  decode(frame: Uint8Array, memory?: ColumnMemory): EnrichedChain;
}

const packr = new Packr({ useRecords: false });

const headerCheck = schemaCheck(ChainHeader);
const summaryCheck = schemaCheck(ChainSummary);
const tickCheck = schemaCheck(UnderlyingTick);
const enrichedTickCheck = schemaCheck(EnrichedTick);
const revocationsCheck = schemaCheck(Revocations);
const accountStatesCheck = schemaCheck(AccountStates);
const accountQuestionCheck = schemaCheck(AccountQuestion);
const surfaceCheck = schemaCheck(SurfaceFit);
const productFiguresCheck = schemaCheck(ProductFiguresRecord);
const workerStateCheck = schemaCheck(WorkerState);
const workerCommandCheck = schemaCheck(WorkerCommand);
const alertCheck = schemaCheck(Alert);
const firingCheck = schemaCheck(PublishedFiring);
const heartbeatCheck = schemaCheck(Heartbeat);
const takenLogLinesCheck = schemaCheck(TakenLogLines);
const logLinesCheck = schemaCheck(LogLines);
const logLevelCheck = schemaCheck(LogLevelCommand);
const operatorCommandCheck = schemaCheck(OperatorCommand);
const replayStateCheck = schemaCheck(ReplayState);
const replayCommandCheck = schemaCheck(ReplayCommand);

// Chains are on the bus as they are in a store: in the bytes of the chain codec.
const rawCodec = createRawChainCodec();
export const rawChainFrames: RawChainFrames = {
  encode: (chain) => rawCodec.encode(chain),
  decode: (frame, memory) => chainOf(() => rawCodec.decode(frame, undefined, memory)),
};

const enrichedCodec = createChainCodec();
export const enrichedChainFrames: EnrichedChainFrames = {
  encode: enrichedCodec.encode,
  decode(frame, memory) {
    const chain = chainOf(() => enrichedCodec.decode(frame, undefined, memory));
    conforming(summaryCheck, chain.summary, 'summary');
    return chain;
  },
};

export const tickFrames: FrameCodec<UnderlyingTick> = recordFrames(tickCheck, 'tick');
export const enrichedTickFrames: FrameCodec<EnrichedTick> = recordFrames(enrichedTickCheck, 'tick');
export const revocationFrames: FrameCodec<Revocations> = recordFrames(revocationsCheck, 'revocations');
export const accountStatesFrames: FrameCodec<AccountStates> = recordFrames(accountStatesCheck, 'states');
export const accountQuestionFrames: FrameCodec<AccountQuestion> = recordFrames(
  accountQuestionCheck,
  'question',
);
export const surfaceFrames: FrameCodec<SurfaceFit> = recordFrames(surfaceCheck, 'surface');
export const productFiguresFrames: FrameCodec<ProductFigures> = figuresById(
  recordFrames(productFiguresCheck, 'figures'),
);
export const workerStateFrames: FrameCodec<WorkerState> = recordFrames(workerStateCheck, 'worker');
export const workerCommandFrames: FrameCodec<WorkerCommand> = recordFrames(workerCommandCheck, 'command');
export const alertFrames: FrameCodec<Alert> = recordFrames(alertCheck, 'alert');
export const publishedFiringFrames: FrameCodec<PublishedFiring> = recordFrames(firingCheck, 'firing');
export const heartbeatFrames: FrameCodec<Heartbeat> = recordFrames(heartbeatCheck, 'heartbeat');
export const logLinesFrames: FrameCodec<LogLines> = recordFrames(logLinesCheck, 'logs');
export const takenLogLinesFrames: FrameCodec<TakenLogLines> = recordFrames(takenLogLinesCheck, 'taken');
export const logLevelFrames: FrameCodec<LogLevelCommand> = recordFrames(logLevelCheck, 'command');
export const operatorCommandFrames: FrameCodec<OperatorCommand> = recordFrames(
  operatorCommandCheck,
  'command',
);
export const replayStateFrames: FrameCodec<ReplayState> = recordFrames(replayStateCheck, 'replay');
export const replayCommandFrames: FrameCodec<ReplayCommand> = recordFrames(replayCommandCheck, 'command');

function recordFrames<T>(check: SchemaCheck<T>, name: string): FrameCodec<T> {
  return {
    encode: (message) => packr.pack({ v: FRAME_VERSION, [name]: message }),
    decode: (frame) => conforming(check, withKnownFlags(unpack(frame)[name]), name),
  };
}

/** Values go by the id of their figure; what the writer had none of is null with the reason `not_recorded`. */
function figuresById(records: FrameCodec<ProductFiguresRecord>): FrameCodec<ProductFigures> {
  return {
    encode: ({ values, expiries, outdated_expiries, exposure_expiries, ...rest }) =>
      records.encode({
        ...rest,
        expiries: [...expiries],
        ...(outdated_expiries && { outdated_expiries: [...outdated_expiries] }),
        exposure_expiries: [...exposure_expiries],
        values: PRODUCT_FIGURES_BY_ID.map((name) => values[name]),
      }),
    decode(frame) {
      const { values, null_reasons, ...rest } = records.decode(frame);
      const reasons = { ...null_reasons };
      for (const name of PRODUCT_FIGURES_BY_ID.slice(values.length)) reasons[name] = 'not_recorded';
      const byName = PRODUCT_FIGURES_BY_ID.map((name, id) => [name, values[id] ?? null]);
      return { ...rest, values: Object.fromEntries(byName) as ProductFigureValues, null_reasons: reasons };
    },
  };
}

/** What a codec decodes, with a header that fits its schema. */
function chainOf<Chain extends ChainHeader>(decode: () => Chain): Chain {
  let chain: Chain;
  try {
    chain = decode();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MalformedFrameError(`frame is not a chain: ${why}`, { cause });
  }
  chain = withKnownFlags(chain);
  conforming(headerCheck, chain, 'header');
  return chain;
}

const KNOWN_FLAGS: ReadonlySet<unknown> = new Set(QUALITY_FLAGS);

/** A message without the quality flags that only a newer release knows: what it says holds without them. */
function withKnownFlags<T>(message: T): T {
  const quality = (message as { quality?: unknown } | null | undefined)?.quality;
  const isUnknown = (flag: unknown) => typeof flag === 'string' && !KNOWN_FLAGS.has(flag);
  if (!Array.isArray(quality) || !quality.some(isUnknown)) return message;
  return { ...message, quality: quality.filter((flag) => !isUnknown(flag)) };
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
    const newer = Number(fields.v) > FRAME_VERSION ? ': a newer release wrote it; upgrade DeltaStream' : '';
    throw new MalformedFrameError(`frame version is ${String(fields.v)}, expected ${FRAME_VERSION}${newer}`);
  }
  return fields;
}

function conforming<T>(check: SchemaCheck<T>, value: unknown, name: string): T {
  if (check.accepts(value)) return value;
  const { instancePath, message } = check.faultOf(value);
  throw new MalformedFrameError(`${name}${instancePath.replaceAll('/', '.')} ${message}`);
}

/** Holds values to a schema. */
export interface SchemaCheck<T> {
  accepts(value: unknown): value is T;
  /** What is wrong with a value that is not accepted, and where: a JSON pointer. */
  faultOf(value: unknown): { readonly instancePath: string; readonly message: string };
}

const UNNAMED = { instancePath: '', schemaPath: '#', message: 'does not fit its schema' };

/** The check of a schema. It is compiled by the first value, once: most processes see few of the messages there are. */
export function schemaCheck<S extends TSchema>(schema: S): SchemaCheck<Static<S>> {
  let compiled: { Check(value: unknown): boolean } | undefined;
  return {
    accepts(value): value is Static<S> {
      compiled ??= Schema.Compile(schema);
      return compiled.Check(value);
    },
    faultOf(value) {
      const [fault = UNNAMED] = Schema.Errors(schema, value)[1];
      const { instancePath, schemaPath } = fault;
      return { instancePath, message: faultInWords(fault as SchemaFault, partAt(schema, schemaPath)) };
    },
  };
}

/** The part of a schema that a pointer such as `#/properties/from` leads to. */
function partAt(schema: TSchema, pointer: string): object | undefined {
  let part: unknown = schema;
  for (const step of pointer.split('/').slice(1))
    part = (part as Record<string, unknown> | undefined)?.[step];
  return typeof part === 'object' && part !== null ? part : undefined;
}
