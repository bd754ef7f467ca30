import type { ImportPreview, ImportProgress, ImportView } from '@deltastream/contracts';

/** How far an import is, in a line for people. */
export function importLine({ file, state, tries, reason, progress }: ImportView): string {
  const failed = reason === null ? '' : `, try ${tries} failed: ${reason}`;
  if (progress === null) return `${file}: ${state}${failed}`;
  const { position, total, chains, ticks, rejected, stored } = progress;
  const share = total ? ` ${Math.floor((100 * position) / total)}%` : '';
  if (progress.cancelled) return `${file}: cancelled, ${chains} chains, ${ticks} ticks`;
  const end = stored === null ? '' : stored ? ', stored' : ', published but its end is not in the store';
  const counts = `${chains} chains, ${ticks} ticks, ${rejected} rejected`;
  return `${file}: ${state}${share}, ${counts}${end}${outcomeText(progress.outcome)}${failed}`;
}

function outcomeText(outcome: NonNullable<ImportView['progress']>['outcome']): string {
  if (outcome === null) return '';
  const text = (what: string, rows: typeof outcome.chains) =>
    `; ${what}: ${rows.new} new, ${rows.replaced} replaced, ${rows.kept} kept`;
  return text('chains', outcome.chains) + text('ticks', outcome.ticks);
}

/** What a dry run found, for people. */
export function previewText(
  file: string,
  preview: ImportPreview,
  { rejected, rejections }: ImportProgress,
): string {
  const lines = [`${file}: ${preview.format}; ${preview.units}`];
  for (const each of preview.products) {
    const { product, currency, lot_sizes: lots, expiries, expiries_left_out: more } = each;
    const lot = lots.length === 0 ? 'lot not known' : `lot ${lots.join(', ')}`;
    const listed =
      expiries.length > SHOWN_EXPIRIES
        ? `${expiries[0]} to ${expiries[expiries.length - 1]}`
        : expiries.join(', ');
    lines.push(
      `  ${product} (${currency}, ${lot}): ${each.from} to ${each.to}`,
      `    ${each.chains} chains of ${expiries.length + more} expiries${listed === '' ? '' : ` (${listed})`}, ` +
        `${each.strikes} strikes, ${each.ticks} ticks`,
      `    of times at which something is stored: ${each.chains_stored} chains, ${each.ticks_stored} ticks`,
    );
  }
  if (preview.products.length === 0) lines.push('  nothing that can be stored');
  if (preview.products_left_out > 0) lines.push(`  and ${preview.products_left_out} products more`);
  lines.push(`  ${rejected} parts rejected`);
  for (const { rejection, count, place, reason } of rejections) {
    lines.push(`    ${count} x ${rejection}, the first ${place}: ${reason}`);
  }
  return `${lines.join('\n')}\n`;
}

const SHOWN_EXPIRIES = 6; // As many as fit a line of a terminal.
