import type { ReplayState } from '@deltastream/contracts';
import { type Identity, mayDo } from '../tokens/token.ts';

/** What to control the replay takes, in words. */
export const REPLAY_RIGHT = 'the role admin, and of an API key the scope operations:manage';

/** Whether somebody may control the replay, as its routes and the socket event `replay` have it. */
export const mayControlReplay = (identity: Identity | null): boolean =>
  identity !== null && mayDo(identity, 'admin', 'operations:manage');

/**
 * How the replay stands as those are told who may not control it: no name of a file. The reason of a failure may name it,
 * or what is in it, so that of a recording is not theirs either.
 */
export function withoutFileNames(state: ReplayState): ReplayState {
  if (state.recording === null) return state;
  const reason = state.reason === null ? null : 'the recording could not be played';
  return { ...state, recording: null, reason };
}
