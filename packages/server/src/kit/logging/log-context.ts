import { AsyncLocalStorage } from 'node:async_hooks';

/** For whom something is done: what every line says that is logged meanwhile. */
export interface LogContext {
  readonly request_id?: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  user_id?: string;
  readonly product?: string;
  /** Whether it is recorded as a trace. Not part of a line. */
  readonly sampled?: boolean;
}

const current = new AsyncLocalStorage<LogContext>();

/** What is done at this moment, wherever it was begun; undefined where nobody said. */
export const logContext = (): LogContext | undefined => current.getStore();

/** Runs `work`, and all that it begins, in a context. What is learned later, as who the user is, is set on it. */
export const inLogContext = <Result>(context: LogContext, work: () => Result): Result =>
  current.run(context, work);

/** Whether something that is done in this context is recorded whatever becomes of it. */
export const isRecorded = (context: LogContext | undefined): context is RecordedContext =>
  context !== undefined && context.sampled === true && context.span_id !== undefined;

type RecordedContext = LogContext & { readonly trace_id: string; readonly span_id: string };
