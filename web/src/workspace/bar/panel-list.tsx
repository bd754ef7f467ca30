import { Command } from 'cmdk';
import { Modal } from '../../frame/palette/modal.tsx';
import { PANELS } from '../../pages/pages.ts';
import { useMayUse } from '../../pages/placed-panel.tsx';
import { panelsBySubject } from '../panel-names.ts';

interface PanelListProps {
  readonly shown: readonly string[];
  readonly onAdd: (panel: string) => void;
  readonly onRemove: (panel: string) => void;
  readonly onClose: () => void;
}

/** The panels by subject, found by a part of their name: one that is not shown is added, one that is shown is closed. */
export function PanelList({ shown, onAdd, onRemove, onClose }: PanelListProps) {
  const mayUse = useMayUse();
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
                .map((name) => {
                  const isShown = shown.includes(name);
                  return (
                    <Command.Item
                      key={name}
                      value={name}
                      keywords={[PANELS[name].title, subject]}
                      onSelect={() => {
                        onClose();
                        if (isShown) onRemove(name);
                        else onAdd(name);
                      }}
                    >
                      {PANELS[name].title} <small>{isShown ? 'shown: close it' : 'add'}</small>
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
