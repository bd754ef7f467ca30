import { stdout } from 'node:process';
import { isoTime } from '@deltastream/contracts';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { Settings } from '../../settings/compose.ts';
import type { Gap } from '../../stored-data/status/gaps.ts';
import {
  asResponse,
  type DataStatus,
  type DatasetStatus,
  dataStatus,
  type ProductStatus,
} from '../../stored-data/status/status.ts';
import { sizeOf } from './sizes.ts';

const GAPS_SHOWN = 5; // What fits a line or two; JSON has all.

/** Prints what is kept: products, from when to when, gaps, bytes by kind. Throws `stored_data_damaged` where not all can be read. */
export async function printStatus(settings: Settings, format: 'text' | 'json'): Promise<void> {
  const status = await dataStatus(settings);
  stdout.write(format === 'json' ? `${JSON.stringify(asResponse(status), null, 2)}\n` : textOf(status));
  const problems = status.datasets.flatMap(({ dataset, problem }) =>
    problem === null ? [] : [`${dataset}: ${problem}`],
  );
  if (problems.length > 0) throw new DeltaStreamError('stored_data_damaged', problems.join('; '));
}

function textOf({ datasets, bytes }: DataStatus): string {
  const kept = bytes.filter(({ files }) => files > 0);
  const sizes = kept.map(({ holds, files, bytes: size }) => `${holds} ${sizeOf(size)} (${files} files)`);
  const lines = [...datasets.flatMap(datasetLines), sizes.join(', ')].filter((line) => line !== '');
  return lines.length === 0 ? 'Nothing is stored yet\n' : `${lines.join('\n')}\n`;
}

function datasetLines({ dataset, counts, products }: DatasetStatus): string[] {
  const { snapshots, quotes, ticks, bars } = counts;
  const many = (count: number, what: string) => `${count.toLocaleString('en')} ${what}`;
  const all = [many(snapshots, 'chains'), many(quotes, 'quotes'), many(ticks, 'ticks'), many(bars, 'bars')];
  return [`${dataset}: ${all.join(', ')}`, ...products.map(productLine)];
}

function productLine({ product, fromMs, toMs, expiries, gaps }: ProductStatus): string {
  if (fromMs === null || toMs === null) return `  ${product}: prices only`;
  const shown = gaps.slice(0, GAPS_SHOWN).map(gapText);
  const more = gaps.length > shown.length ? `, ... and ${gaps.length - shown.length} more` : '';
  const missing = gaps.length === 0 ? 'no gaps' : `${gaps.length} gaps: ${shown.join(', ')}${more}`;
  return `  ${product}: ${minute(fromMs)} to ${minute(toMs)}, ${expiries} expiries, ${missing}`;
}

const minute = (epochMs: number): string => `${isoTime(epochMs).slice(0, 16)}Z`;

const gapText = ({ session, fromMs, toMs }: Gap): string =>
  session !== null && session !== '' ? `all of ${session}` : `${minute(fromMs)} to ${minute(toMs)}`;
