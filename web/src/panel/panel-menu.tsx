import { useQueryClient } from '@tanstack/react-query';
import { Download, Image, Table2 } from 'lucide-react';
import type { RefObject } from 'react';
import { useMarketView, useShownChain } from '../market/view/market-view.tsx';
import { usePlatform } from '../platform/platform.tsx';
import { useFormat } from '../preferences/use-preferences.tsx';
import { csvOf } from './file/csv.ts';
import { fileNameOf, originOf, type Saved } from './file/file-origin.ts';
import { pictureOf } from './file/picture.ts';
import { saveFile } from './file/save-file.ts';
import type { ChartImage } from './panel-chart.tsx';
import type { Table } from './table/figure-table.tsx';

interface PanelMenuProps {
  readonly title: string;
  readonly table: Table;
  /** What the figures are of, ISO-8601. */
  readonly asOf: string | null;
  /** Where the figures come from; undefined where the panel does not know it. */
  readonly source: string | undefined;
  readonly image: RefObject<ChartImage | null>;
  /** Null where the content is a table already. */
  readonly asTable: boolean | null;
  readonly onAsTable: () => void;
}

/** What can be done with every panel: see it as a table, take its figures or its picture along. */
export function PanelMenu(props: PanelMenuProps) {
  const { title, table, asOf, image, asTable, onAsTable } = props;
  const format = useFormat();
  const sourceOf = useSource();
  // A list of an account or of operations is of no market.
  const saved = async (): Promise<Saved> => ({
    caption: table.caption,
    asOf,
    source: props.source ?? (asTable === null ? undefined : await sourceOf()),
  });
  const saveCsv = async () =>
    saveFile(new Blob([csvOf(table)], { type: 'text/csv' }), `${fileNameOf(await saved())}.csv`);
  const savePicture = async () => {
    const file = await saved();
    saveFile(await pictureOf(originOf(file, format), table, image.current), `${fileNameOf(file)}.png`);
  };
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
      <button
        type="button"
        className="icon"
        aria-label="Save as CSV"
        title="Save as CSV"
        onClick={() => void saveCsv()}
      >
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

/** Asks for the source of the chain that is shown; null where it cannot be told. */
function useSource(): () => Promise<string | null> {
  const { client } = usePlatform();
  const queries = useQueryClient();
  const { storedAt } = useMarketView();
  const shown = useShownChain();
  return async () => {
    if (shown === null) return null;
    const asked = storedAt === null ? shown : { ...shown, at: storedAt };
    try {
      const { source } = await queries.fetchQuery({
        queryKey: ['getChain', asked],
        queryFn: () => client.getChain(asked),
        staleTime: Number.POSITIVE_INFINITY,
      });
      return source;
    } catch {
      return null;
    }
  };
}
