import { readTokens } from '../../style/tokens.ts';
import type { ChartImage } from '../panel-chart.tsx';
import { cellText, shownColumns, type Table } from '../table/figure-table.tsx';
import { COLUMN_GAP, columnWidths } from './column-widths.ts';

const PADDING = 16;
const TITLE_HEIGHT = 52;
const ROW_HEIGHT = 20;
const HEAD_FONT = '600 12px system-ui, sans-serif';
/** A canvas of a browser has a largest size; a longer table is cut, and its CSV is not. */
const MAX_ROWS = 500;

/** A PNG with a title and the origin of its figures above: the chart of a panel, or its table where it has none. */
export function pictureOf(origin: string, table: Table, image: ChartImage | null): Promise<Blob> {
  const head = { title: table.caption, origin };
  const canvas = image ? withHead(head, image()) : tableCanvas(head, table);
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('the picture cannot be made'))),
      'image/png',
    ),
  );
}

interface Head {
  readonly title: string;
  readonly origin: string;
}

function sheet({ title, origin }: Head, width: number, height: number) {
  const { raised, ink, muted } = readTokens();
  const canvas = document.createElement('canvas');
  canvas.width = width + 2 * PADDING;
  canvas.height = height + TITLE_HEIGHT + 2 * PADDING;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.fillStyle = raised;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = ink;
  context.font = '600 16px system-ui, sans-serif';
  context.fillText(title, PADDING, PADDING + 16, width);
  context.fillStyle = muted;
  context.font = '12px system-ui, sans-serif';
  context.fillText(origin, PADDING, PADDING + 36, width);
  context.fillStyle = ink;
  return { canvas, context, top: PADDING + TITLE_HEIGHT };
}

function withHead(head: Head, chart: HTMLCanvasElement): HTMLCanvasElement {
  const { canvas, context, top } = sheet(head, chart.width, chart.height);
  context.drawImage(chart, PADDING, top);
  return canvas;
}

function tableCanvas(head: Head, table: Table): HTMLCanvasElement {
  const columns = shownColumns(table);
  const titles = columns.map(({ title }) => title);
  const rows = table.rows.slice(0, MAX_ROWS).map((row) =>
    row.map((value, i) => {
      const { short = String } = columns[i];
      return short(cellText(columns[i], value));
    }),
  );
  const ruler = document.createElement('canvas').getContext('2d') as CanvasRenderingContext2D;
  // The heads' font, which is the wider one.
  ruler.font = HEAD_FONT;
  const widths = columnWidths([titles, ...rows], (text) => ruler.measureText(text).width);
  const ends = widths.map((_, i) => widths.slice(0, i + 1).reduce((sum, width) => sum + width, 0));
  const { canvas, context, top } = sheet(head, ends.at(-1) ?? 0, (rows.length + 1) * ROW_HEIGHT);
  context.textAlign = 'right';
  const line = (texts: readonly string[], row: number) =>
    texts.forEach((text, i) => {
      context.fillText(text, PADDING + ends[i], top + (row + 1) * ROW_HEIGHT - 6, widths[i] - COLUMN_GAP);
    });
  context.font = HEAD_FONT;
  line(titles, 0);
  context.font = '12px system-ui, sans-serif';
  rows.forEach((row, i) => {
    line(row, i + 1);
  });
  return canvas;
}
