import '../../frame/palette/palette.css';
import { Command } from 'cmdk';
import { Modal } from '../../form/modal.tsx';
import { PANELS } from '../../pages/panels.ts';
import { useMayUse } from '../../pages/placed-panel.tsx';
import { knownPanel, panelsBySubject, titleOf } from '../panel-names.ts';

interface PanelListProps {
  readonly shown: readonly string[];
  readonly onAdd: (panel: string) => void;
  readonly onRemove: (panel: string) => void;
  readonly onClose: () => void;
}

/** The panels by subject, found by a part of their name: one that is not shown is added, one that is shown is closed. */
export function PanelList({ shown, onAdd, onRemove, onClose }: PanelListProps) {
  const mayUse = useMayUse();
  const pinned = shown.filter((id) => knownPanel(id)?.pin);
  return (
    <Modal label="Panels" onClose={onClose}>
      <Command label="Find a panel to add or to close" className="palette" loop>
        <Command.Input placeholder="Panel or subject" />
        <Command.List label="Panels">
          <Command.Empty>No panel is called so.</Command.Empty>
          {panelsBySubject().map(({ subject, panels }) => (
            <Command.Group key={subject} heading={subject}>
              {panels
                .filter((name) => mayUse(PANELS[name].needs))
                .flatMap((name) => [name, ...pinned.filter((id) => knownPanel(id)?.name === name)])
                .map((id) => {
                  const isShown = shown.includes(id);
                  return (
                    <Command.Item
                      key={id}
                      value={id}
                      keywords={[titleOf(id), subject]}
                      onSelect={() => {
                        onClose();
                        if (isShown) onRemove(id);
                        else onAdd(id);
                      }}
                    >
                      {titleOf(id)} <small>{isShown ? 'shown: close it' : 'add'}</small>
                    </Command.Item>
                  );
                })}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
    </Modal>
  );
}
