import { EXPORT_MEDIA_TYPES, type ExportFormat, type ExportOrder } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';

/** How a file of each format ends, and what it is to HTTP. */
export const FORMATS: Readonly<Record<ExportFormat, { readonly ending: string; readonly type: string }>> = {
  csv: { ending: 'csv', type: `${EXPORT_MEDIA_TYPES.csv}; charset=utf-8` },
  parquet: { ending: 'parquet', type: EXPORT_MEDIA_TYPES.parquet },
  arrow: { ending: 'arrows', type: EXPORT_MEDIA_TYPES.arrow },
};

export const formatOf = ({ format = 'csv' }: Pick<ExportOrder, 'format'>): ExportFormat => format;

/** Throws `invalid_request` for an order that makes no sense. */
export function checkOrder({ kind, expiry, interval, from, to }: ExportOrder): void {
  const invalid = (message: string) => new DeltaStreamError('invalid_request', message);
  if ((kind === 'ticks' || kind === 'bars') && expiry !== undefined) {
    throw invalid('expiry: is for chains and summaries only');
  }
  if (kind !== 'bars' && interval !== undefined) throw invalid('interval: is for bars only');
  if (!(Date.parse(from) < Date.parse(to))) throw invalid('to: is not after from');
}

/** `NIFTY_chains_2026-08-25_20260819T033000000Z_20260819T100000000Z.csv`: the same order, the same file. */
export function exportFileName(order: ExportOrder): string {
  const instant = (text: string) => new Date(text).toISOString().replaceAll(/[-:.]/g, '');
  const { product, kind, from, to } = order;
  const words = [product, kind, detailOf(order), instant(from), instant(to)];
  return `${words.filter(Boolean).join('_')}.${FORMATS[formatOf(order)].ending}`;
}

/** What of a kind is exported, where that has several. */
export const detailOf = ({
  kind,
  expiry,
  interval = '1m',
}: Pick<ExportOrder, 'kind' | 'expiry' | 'interval'>) => (kind === 'bars' ? interval : expiry);
