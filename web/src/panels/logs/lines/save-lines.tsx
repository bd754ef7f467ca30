import type { RequestOf, Routes } from '@deltastream/client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ActionButton } from '../../../form/action-button.tsx';
import { saveFile } from '../../../panel/file/save-file.ts';
import { useServer } from '../../../platform/platform.tsx';
import { fileOf, type LineFormat, MOST_SAVED, nameOf, takeLines } from './line-files.ts';

/** Lines of a request: as many as the server reads in some ten milliseconds. */
const PAGE_LINES = 2_000;
const TYPES: Readonly<Record<LineFormat, string>> = { csv: 'text/csv', ndjson: 'application/x-ndjson' };

interface SaveLinesProps {
  /** Begins the name of the file. */
  readonly subject: string;
  readonly request: RequestOf<Routes['listLogs']>;
}

/** Saves all lines of a search as a file, not only those that are shown. */
export function SaveLines({ subject, request }: SaveLinesProps) {
  const { client } = useServer();
  const [count, setCount] = useState(0);
  const saving = useMutation({
    mutationFn: async (format: LineFormat) => {
      setCount(0);
      const found = client.pages.listLogs({ ...request, limit: PAGE_LINES });
      const { lines, isCut } = await takeLines(found, MOST_SAVED, setCount);
      saveFile(new Blob([fileOf(lines, format)], { type: TYPES[format] }), nameOf(subject, lines, format));
      return isCut;
    },
  });
  const said = saving.isPending
    ? `${count.toLocaleString('en')} lines read`
    : saving.data && `saved the newest ${MOST_SAVED.toLocaleString('en')}; narrow the search for the others`;
  return (
    <>
      <span role="status" className="panel-note">
        {said}
      </span>
      {saving.error && (
        <span role="alert" className="flag">
          not saved: {saving.error.message}
        </span>
      )}
      {(['csv', 'ndjson'] as const).map((format) => (
        <ActionButton
          key={format}
          disabled={saving.isPending}
          aria-label={`Save all lines of the search as ${format.toUpperCase()}`}
          onClick={() => saving.mutate(format)}
        >
          {format.toUpperCase()}
        </ActionButton>
      ))}
    </>
  );
}
