import type { RequestOf, Routes } from '@deltastream/client';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ActionButton } from '../../form/action-button.tsx';
import { Problem } from '../../form/form.tsx';
import { saveFile } from '../../panel/file/save-file.ts';
import { useServer } from '../../platform/platform.tsx';

type DownloadRoute = 'downloadRejects' | 'downloadExport';

interface DownloadButtonProps<N extends DownloadRoute> {
  readonly children: ReactNode;
  readonly of: string;
  /** Of the file on the reader's machine. */
  readonly name: string;
  readonly route: N;
  readonly request: RequestOf<Routes[N]>;
}

/** Saves a table of the server; a link could not carry the login. */
export function DownloadButton<N extends DownloadRoute>(props: DownloadButtonProps<N>) {
  const { children, of, name, route, request } = props;
  const { client } = useServer();
  const download = useMutation({
    mutationFn: async () => {
      const csv = await (client[route] as unknown as (request: RequestOf<Routes[N]>) => Promise<string>)(
        request,
      );
      saveFile(new Blob([csv], { type: 'text/csv' }), name);
    },
  });
  return (
    <>
      <ActionButton
        aria-label={`Download ${of}`}
        disabled={download.isPending}
        onClick={() => download.mutate()}
      >
        {children}
      </ActionButton>
      <Problem error={download.error} />
    </>
  );
}
