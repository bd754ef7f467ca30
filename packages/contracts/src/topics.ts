import {
  accountQuestionFrames,
  accountStatesFrames,
  alertFrames,
  enrichedChainFrames,
  enrichedTickFrames,
  type FrameCodec,
  heartbeatFrames,
  logLevelFrames,
  logLinesFrames,
  operatorCommandFrames,
  productFiguresFrames,
  publishedFiringFrames,
  rawChainFrames,
  replayCommandFrames,
  replayStateFrames,
  revocationFrames,
  surfaceFrames,
  takenLogLinesFrames,
  tickFrames,
  workerCommandFrames,
  workerStateFrames,
} from './frames.ts';

/** A stream on the bus: its name and the frames it carries. */
export interface Topic<T> {
  readonly name: string;
  readonly frames: FrameCodec<T>;
}

export type TopicMessage<T> = T extends Topic<infer M> ? M : never;

/** Raw quotes, written by feeds. */
export const MARKET_TICKS = { name: 'market:ticks', frames: tickFrames } as const;
export const MARKET_CHAINS = { name: 'market:chains', frames: rawChainFrames } as const;

/** Computed figures, written by enrichers; persisted by storage and broadcast by socket gateways. */
export const ENRICHED_TICKS = { name: 'enriched:ticks', frames: enrichedTickFrames } as const;
export const ENRICHED_CHAINS = { name: 'enriched:chains', frames: enrichedChainFrames } as const;

/**
 * The same of a time before a generated market began, written by the job that makes its past. Apart, so that live
 * messages do not queue behind them, and nothing that follows the present takes them for it.
 */
export const PAST_MARKET_TICKS = { name: 'market:past-ticks', frames: tickFrames } as const;
export const PAST_MARKET_CHAINS = { name: 'market:past-chains', frames: rawChainFrames } as const;
export const PAST_ENRICHED_TICKS = { name: 'enriched:past-ticks', frames: enrichedTickFrames } as const;
export const PAST_ENRICHED_CHAINS = { name: 'enriched:past-chains', frames: enrichedChainFrames } as const;

/**
 * The same of a time that is played again, written by the replay and followed by socket gateways alone: it is stored
 * already, or is not to be.
 */
export const REPLAY_TICKS = { name: 'replay:ticks', frames: enrichedTickFrames } as const;
export const REPLAY_CHAINS = { name: 'replay:chains', frames: enrichedChainFrames } as const;

/** How the replay stands, and what it is told through sockets; both are followed. */
export const REPLAY_STATE = { name: 'control:replay-states', frames: replayStateFrames } as const;
export const REPLAY_COMMANDS = { name: 'control:replay-commands', frames: replayCommandFrames } as const;

/** Fitted volatility surfaces, written by the job that fits them and broadcast by socket gateways. */
export const ENRICHED_SURFACES = { name: 'enriched:surfaces', frames: surfaceFrames } as const;

/** Figures of products, written by the job that computes them; persisted by storage. */
export const ENRICHED_FIGURES = { name: 'enriched:figures', frames: productFiguresFrames } as const;

/** What happened that somebody wanted to know; broadcast by socket gateways. */
export const ALERTS = { name: 'alerts', frames: alertFrames } as const;

/** What rules of an account fired, written by the alerts service; broadcast by socket gateways to that account. */
export const ALERT_FIRINGS = { name: 'alerts:firings', frames: publishedFiringFrames } as const;

/** Sessions that ended before their access tokens do; written by auth, followed by every process that checks tokens. */
export const AUTH_REVOCATIONS = { name: 'auth:revocations', frames: revocationFrames } as const;

/** Accounts that were deleted, disabled or enabled, and how those stand that somebody asks of; written by auth. */
export const AUTH_ACCOUNTS = { name: 'auth:accounts', frames: accountStatesFrames } as const;
/** Accounts that a service keeps something of; asked by it, followed by auth. */
export const AUTH_ACCOUNT_QUESTIONS = {
  name: 'auth:account-questions',
  frames: accountQuestionFrames,
} as const;

/** What operators told services to do; taken by auth, which keeps the trail. */
export const OPERATOR_COMMANDS = { name: 'audit:commands', frames: operatorCommandFrames } as const;

/** What scalable consumers say of themselves, and what administrators tell them; both are followed. */
export const WORKER_STATES = { name: 'control:worker-states', frames: workerStateFrames } as const;
export const WORKER_COMMANDS = { name: 'control:worker-commands', frames: workerCommandFrames } as const;

/** What every process says of itself, twice a second; followed by gateways. */
export const HEARTBEATS = { name: 'control:heartbeats', frames: heartbeatFrames } as const;

/** Lines of the log of processes that do not keep it themselves; taken by the logging service. */
export const LOGS = { name: 'logs', frames: logLinesFrames } as const;

/** Which of those lines each logging service took; followed by all of them. */
export const TAKEN_LOG_LINES = { name: 'control:taken-log-lines', frames: takenLogLinesFrames } as const;

/** From which level on services log, as administrators say; followed by every process. */
export const LOG_LEVEL_COMMANDS = { name: 'control:log-levels', frames: logLevelFrames } as const;

export const TOPICS = [
  MARKET_TICKS,
  MARKET_CHAINS,
  ENRICHED_TICKS,
  ENRICHED_CHAINS,
  PAST_MARKET_TICKS,
  PAST_MARKET_CHAINS,
  PAST_ENRICHED_TICKS,
  PAST_ENRICHED_CHAINS,
  REPLAY_TICKS,
  REPLAY_CHAINS,
  REPLAY_STATE,
  REPLAY_COMMANDS,
  ENRICHED_SURFACES,
  ENRICHED_FIGURES,
  ALERTS,
  ALERT_FIRINGS,
  AUTH_REVOCATIONS,
  AUTH_ACCOUNTS,
  AUTH_ACCOUNT_QUESTIONS,
  OPERATOR_COMMANDS,
  WORKER_STATES,
  WORKER_COMMANDS,
  HEARTBEATS,
  LOGS,
  TAKEN_LOG_LINES,
  LOG_LEVEL_COMMANDS,
] as const;
