import type { RequestOf, Routes } from '@deltastream/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { ActionButton } from '../../../form/action-button.tsx';
import { Problem } from '../../../form/form.tsx';
import { Modal } from '../../../form/modal.tsx';
import { saveFile } from '../../../panel/file/save-file.ts';
import { useServer } from '../../../platform/platform.tsx';
import type { Owner } from '../alert-types.ts';

type RulesDocument = RequestOf<Routes['importAlertRules']>;

/** Rules as a file: saved, and added from one after the server has said what would come of it. */
export function RulesFile({ owner }: { readonly owner: Owner }) {
  const { client } = useServer();
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const save = useMutation({
    mutationFn: async () => {
      const rules = await client.exportAlertRules({ owner });
      saveFile(new Blob([JSON.stringify(rules, null, 2)], { type: 'application/json' }), 'alert-rules.json');
    },
  });
  const look = useMutation({
    mutationFn: async (file: File) => {
      const document = rulesDocument(await file.text());
      return { document, found: await client.importAlertRules({ ...document, owner, dry_run: true }) };
    },
  });
  const add = useMutation({
    mutationFn: (document: RulesDocument) => client.importAlertRules({ ...document, owner }),
    onSuccess: () => {
      look.reset();
      return queries.invalidateQueries({ queryKey: ['listAlertRules'] });
    },
  });
  const close = () => {
    look.reset();
    add.reset();
    save.reset();
  };
  const error = look.error ?? add.error ?? save.error;
  return (
    <>
      <ActionButton disabled={save.isPending} onClick={() => save.mutate()}>
        Export
      </ActionButton>
      <ActionButton disabled={look.isPending || add.isPending} onClick={() => input.current?.click()}>
        Import
      </ActionButton>
      <input
        ref={input}
        hidden
        type="file"
        aria-label="File of rules"
        accept="application/json,.json"
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file) look.mutate(file);
          // The same file can be chosen again.
          target.value = '';
        }}
      />
      {(look.data || error) && (
        <Modal label="Import rules" onClose={close}>
          <h2>{look.data ? 'Import rules?' : 'Rules'}</h2>
          {look.data && (
            <>
              <p>{countText(look.data.found.imported)} would be added.</p>
              {look.data.found.missing_channels.length > 0 && (
                <ul>
                  {look.data.found.missing_channels.map(({ rule, channel }) => (
                    <li key={`${rule} ${channel}`}>
                      {rule}: there is no channel {channel} here; it is left out
                    </li>
                  ))}
                </ul>
              )}
            </>
          )}
          <Problem error={error} />
          <div className="buttons">
            {look.data && (
              <ActionButton
                className="primary"
                disabled={add.isPending}
                onClick={() => look.data && add.mutate(look.data.document)}
              >
                Add
              </ActionButton>
            )}
            <button type="button" onClick={close}>
              {look.data ? 'Cancel' : 'Close'}
            </button>
          </div>
        </Modal>
      )}
    </>
  );
}

const countText = (count: number): string => (count === 1 ? '1 rule' : `${count} rules`);

/** The server checks what is in it. */
function rulesDocument(text: string): RulesDocument {
  try {
    return JSON.parse(text) as RulesDocument;
  } catch {
    throw new Error('The file is no JSON: choose one that “Export” made');
  }
}
