import { Download, Image, Table2 } from 'lucide-react';
import type { RefObject } from 'react';
import { csvOf } from './file/csv.ts';
import { pictureOf } from './file/picture.ts';
import { saveFile } from './file/save-file.ts';
import type { ChartImage } from './panel-chart.tsx';
import type { Table } from './table-twin.tsx';

interface PanelMenuProps {
  readonly title: string;
  readonly table: Table;
  readonly image: RefObject<ChartImage | null>;
  /** Null where the content is a table already. */
  readonly asTable: boolean | null;
  readonly onAsTable: () => void;
}

/** What can be done with every panel: see it as a table, take its figures or its picture along. */
export function PanelMenu({ title, table, image, asTable, onAsTable }: PanelMenuProps) {
  const name = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const saveCsv = () => saveFile(new Blob([csvOf(table)], { type: 'text/csv' }), `${name}.csv`);
  const savePicture = async () => saveFile(await pictureOf(title, table, image.current), `${name}.png`);
  return (
    <div className="panel-menu" role="toolbar" aria-label={`${title}: table and files`}>
      {asTable !== null && (
        <button
          type="button"
          className="icon"
          aria-pressed={asTable}
          aria-label="As a table"
          title="As a table"
          onClick={onAsTable}
        >
          <Table2 aria-hidden size={16} />
        </button>
      )}
      <button type="button" className="icon" aria-label="Save as CSV" title="Save as CSV" onClick={saveCsv}>
        <Download aria-hidden size={16} />
      </button>
      <button
        type="button"
        className="icon"
        aria-label="Save as PNG"
        title="Save as PNG"
        onClick={() => void savePicture()}
      >
        <Image aria-hidden size={16} />
      </button>
    </div>
  );
}
