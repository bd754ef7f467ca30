import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EnrichedChain, UnderlyingTick } from '@deltastream/contracts';
import type { RecordingOptions } from '@deltastream/recordings';
import type { RejectedItem } from '@deltastream/recordings/source';
import { collect } from '@deltastream/recordings/testing/recordings';
import { openRecording } from '../../kit/recordings/recordings.ts';
import { createChainEnricher } from '../../services/enricher/chain/enrich-chain.ts';

const CASES = fileURLToPath(new URL('../../../../../../shared/cases', import.meta.url));

/** Path of a file of a case, and whether it is there; says so once when a test has to be skipped. */
export function caseFile(folder: string, file: string): { path: string; absent: boolean } {
  const path = join(CASES, folder, file);
  const absent = !existsSync(path);
  if (absent) process.stderr.write(`skipped: no case ${folder}/${file}\n`);
  return { path, absent };
}

/** What the platform makes of a recording: the real reader, then the real enricher. */
export interface Outcome {
  /** As in the `source` field of its messages. */
  readonly source: string;
  readonly chains: readonly EnrichedChain[];
  readonly ticks: readonly UnderlyingTick[];
  readonly rejected: readonly RejectedItem[];
}

export async function outcomeOf(path: string, options: RecordingOptions = {}): Promise<Outcome> {
  const recording = await openRecording(path, options);
  const { chains, ticks, rejected } = await collect(recording);
  const enrich = createChainEnricher({ rate: 0 });
  return { source: recording.name, chains: chains.map(enrich), ticks, rejected };
}

/** An instant as the cases write it. */
export const iso = (epochMs: number): string => new Date(epochMs).toISOString().replace(':00.000Z', 'Z');
