import { EXPORTED_TABLES, type ExportedType, type ExportKind } from '@deltastream/contracts/exported-tables';
import { isoTime } from '@deltastream/contracts/iso-time';
import { csvLines } from '../../../../kit/responses/csv.ts';
import type { Cells } from '../column-table.ts';
import type { TableWriter } from './table-writer.ts';

const BLOCK_ROWS = 1_024; // Some hundred kilobytes of text.
const LINE_END = '\r\n';

/** The rules of `csvLines`, which is asked once for each text: numbers and instants need none of them. */
export function createCsvWriter(kind: ExportKind): TableWriter {
  const columns = EXPORTED_TABLES[kind];
  const encoder = new TextEncoder();
  let header = csvLines([columns.map(({ name }) => name)]);
  return {
    *write({ rows, cells }) {
      for (let from = 0; from < rows; from += BLOCK_ROWS) {
        const to = Math.min(rows, from + BLOCK_ROWS);
        const block = cells(from, to);
        const texts = columns.map(({ type }, i) => textsOf(type, block[i]));
        let text = header;
        header = '';
        for (let row = 0; row < to - from; row++) {
          let line = texts[0](row);
          for (let i = 1; i < texts.length; i++) line += `,${texts[i](row)}`;
          text += line + LINE_END;
        }
        yield encoder.encode(text);
      }
    },
    *finish() {
      if (header !== '') yield encoder.encode(header);
    },
  };
}

function textsOf(type: ExportedType, cells: Cells): (row: number) => string {
  if (!(cells instanceof Float64Array)) {
    const words = cells.words.map((word) => csvLines([[word]]).slice(0, -LINE_END.length));
    return (row) => words[cells.codes[row]] ?? '';
  }
  const shown = SHOWN[type];
  if (shown === String) return (row) => numberText(cells[row]);
  // Instants repeat from row to row.
  let last = Number.NaN;
  let text = '';
  return (row) => {
    const cell = cells[row];
    if (Number.isNaN(cell)) return '';
    if (cell !== last) text = shown(cell);
    last = cell;
    return text;
  };
}

const SHOWN: Readonly<Record<ExportedType, (cell: number) => string>> = {
  instant: isoTime,
  date: (cell) => isoTime(cell).slice(0, 10),
  number: String,
  integer: String,
  text: String,
};

/** Every bit that a number has, the sign of a zero among them. */
function numberText(cell: number): string {
  if (cell === 0) return Object.is(cell, -0) ? '-0' : '0';
  return Number.isNaN(cell) ? '' : String(cell);
}
