import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ActionButton } from '../../form/action-button.tsx';
import { Field, Problem } from '../../form/form.tsx';
import { useServer } from '../../platform/platform.tsx';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { base64Of, partsOf } from './recording-parts.ts';

/** Brings a recording of this machine to the platform, part by part, and imports it. */
export function UploadRecording({ onImporting }: { readonly onImporting?: () => void }) {
  const { client } = useServer();
  const queries = useQueryClient();
  const { percent } = useFormat();
  const [share, setShare] = useState(0);
  const upload = useMutation({
    async mutationFn(recording: File) {
      const file = recording.name;
      setShare(0);
      for (const { offset, end, complete } of partsOf(recording.size)) {
        const content = base64Of(new Uint8Array(await recording.slice(offset, end).arrayBuffer()));
        await client.uploadRecording({ file, offset, content, complete });
        setShare(end / recording.size);
      }
      return client.createImport({ file });
    },
    onSuccess: onImporting,
    onSettled: () => queries.invalidateQueries({ queryKey: ['listImports'] }),
  });
  return (
    <form
      className="form"
      aria-label="Bring a recording"
      onSubmit={(event) => {
        event.preventDefault();
        const [recording] = event.currentTarget.querySelector('input')?.files ?? [];
        if (recording) upload.mutate(recording);
      }}
    >
      <Field label="Recording on this machine" type="file" name="recording" required />
      <Problem error={upload.error} />
      <ActionButton type="submit" className="primary" disabled={upload.isPending}>
        Upload and import
      </ActionButton>
      {upload.isPending && <p role="status">{percent(share)} brought</p>}
      {upload.data && <p role="status">{upload.data.file} is being imported.</p>}
    </form>
  );
}
