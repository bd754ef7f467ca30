import { useMutation } from '@tanstack/react-query';
import { Ellipsis, LayoutGrid, Save } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import { ActionButton } from '../../form/action-button.tsx';
import { Problem } from '../../form/form.tsx';
import { MenuButton } from '../../form/menu-button.tsx';
import type { Done } from '../dock/dock.tsx';
import { addPanel, closePanel } from '../layout/arrange.ts';
import { groupsOf, type Layout, panelsOf } from '../layout/layout.ts';
import { haveRoom } from '../layout/layout-text.ts';
import { titleOf } from '../panel-names.ts';
import { DEFAULT_NAME, SHIPPED, shippedLayout } from '../saved/shipped.ts';
import { useLayoutNames } from '../saved/use-layout-store.ts';
import { useSaving } from '../saved/use-saving.ts';
import { linkTo, type Workspace } from '../use-workspace.ts';
import { PanelList } from './panel-list.tsx';
import { DeleteDialog, LinkDialog, NameDialog, ReplaceDialog } from './workspace-dialogs.tsx';

interface WorkspaceBarProps {
  readonly workspace: Workspace;
  readonly onArrange: (layout: Layout, done: Done | null) => void;
}

type Dialog = 'panels' | 'save-as' | 'create' | 'rename' | 'replace' | 'delete' | 'link';

/** Which workspace is shown, whether it is saved, and what can be done with it. */
export function WorkspaceBar({ workspace, onArrange }: WorkspaceBarProps) {
  const { layout, name, saved, changed, unlike, open, undo } = workspace;
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const names = useLayoutNames();
  const saving = useSaving(workspace);
  const save = useMutation({ mutationFn: saving.save });
  const own = names.data ?? [];
  const canSave = !save.isPending && (changed || name === null);
  const panels = useRef<HTMLButtonElement>(null);
  const close = () => setDialog(null);
  const [full, setFull] = useState<Error | null>(null);

  function add(panel: string): void {
    if (!haveRoom([...panelsOf(layout), panel])) {
      setFull(new Error(`${titleOf(panel)} is not added: the workspace is full. Close a panel first.`));
      return;
    }
    setFull(null);
    onArrange(addPanel(layout, panel), { said: `${titleOf(panel)}: added.`, focused: panel });
  }
  function remove(panel: string): void {
    setFull(null);
    const next = closePanel(layout, panel);
    onArrange(next, { said: `${titleOf(panel)}: closed.`, focused: groupsOf(next)[0]?.active });
    panels.current?.focus();
  }

  function saveAsked(): void {
    if (name === null) setDialog('save-as');
    else if (unlike === null) save.mutate();
    else setDialog('replace');
  }

  return (
    <div className="workspace-bar">
      <NameChoice name={name} own={own} onOpen={open} />
      <button ref={panels} type="button" onClick={() => setDialog('panels')}>
        <LayoutGrid aria-hidden size={16} /> Panels
      </button>
      <ActionButton disabled={!canSave} onClick={saveAsked}>
        <Save aria-hidden size={16} /> Save
      </ActionButton>
      <MenuButton
        label="Workspace"
        className="icon"
        items={[
          { text: 'Save as…', run: () => setDialog('save-as') },
          { text: 'Undo changes', disabled: !changed, run: undo },
          { text: 'Link…', run: () => setDialog('link') },
          { text: 'New…', separate: true, run: () => setDialog('create') },
          { text: 'Rename…', disabled: saved === null, run: () => setDialog('rename') },
          { text: 'Delete…', disabled: saved === null, run: () => setDialog('delete') },
        ]}
      >
        <Ellipsis aria-hidden size={16} />
      </MenuButton>
      {(changed || name === null) && <span className="flag">{notSaved(workspace)}</span>}
      <Problem error={full ?? save.error ?? names.error} />

      {dialog === 'panels' && (
        <PanelList shown={panelsOf(layout)} onAdd={add} onRemove={remove} onClose={close} />
      )}
      {dialog === 'save-as' && (
        <NameDialog
          title="Save as"
          action="Save"
          initial={name === null ? '' : `${name} copy`}
          taken={[...own, ...Object.keys(SHIPPED)]}
          onName={saving.saveAs}
          onClose={close}
        />
      )}
      {dialog === 'create' && (
        <NameDialog
          title="New workspace"
          action="Make it"
          initial=""
          taken={[...own, ...Object.keys(SHIPPED)]}
          onName={saving.create}
          onClose={close}
        />
      )}
      {dialog === 'rename' && name !== null && (
        <NameDialog
          title={`Rename ${name}`}
          action="Rename"
          initial={name}
          taken={[...own, ...Object.keys(SHIPPED)]}
          onName={saving.renameTo}
          onClose={close}
        />
      )}
      {dialog === 'replace' && name !== null && unlike !== null && (
        <ReplaceDialog
          name={name}
          unlike={unlike}
          isDeleted={saved === null}
          onReplace={saving.save}
          onClose={close}
        />
      )}
      {dialog === 'delete' && name !== null && (
        <DeleteDialog
          name={name}
          isShipped={shippedLayout(name) !== null}
          onDelete={() => saving.remove(shippedLayout(name) === null ? DEFAULT_NAME : name)}
          onClose={close}
        />
      )}
      {dialog === 'link' && <LinkDialog link={linkTo(layout)} onClose={close} />}
    </div>
  );
}

function notSaved({ name, saved, unlike }: Workspace): string {
  if (name === null || unlike === 'of a link') return 'from a link, not saved';
  if (unlike === null) return 'not saved';
  return `not saved, and ${saved === null ? 'deleted' : 'saved'} elsewhere since`;
}

interface NameChoiceProps {
  readonly name: string | null;
  readonly own: readonly string[];
  readonly onOpen: (name: string) => void;
}

function NameChoice({ name, own, onOpen }: NameChoiceProps) {
  const id = useId();
  const shipped = Object.keys(SHIPPED).filter((each) => !own.includes(each));
  const isListed = name !== null && (own.includes(name) || shipped.includes(name));
  return (
    <>
      <label htmlFor={id} className="unseen">
        Workspace
      </label>
      <select
        id={id}
        className="workspace-name"
        value={name ?? ''}
        onChange={({ target }) => target.value !== '' && onOpen(target.value)}
      >
        {!isListed && <option value={name ?? ''}>{name ?? 'From a link'}</option>}
        {own.length > 0 && (
          <optgroup label="Yours">
            {own.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </optgroup>
        )}
        <optgroup label="Shipped">
          {shipped.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </optgroup>
      </select>
    </>
  );
}
