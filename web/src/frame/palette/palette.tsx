import './palette.css';
import { Command } from 'cmdk';
import { useLocation, useSearch } from 'wouter';
import { Modal } from '../../form/modal.tsx';
import { meaning } from '../../format/format.ts';
import { useBoundKeys, useRunKey } from '../../keys/keys.tsx';
import { useAddress } from '../../market/address/use-address.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { ALL_PAGES, PAGES } from '../../pages/pages.ts';
import { PANELS } from '../../pages/panels.ts';
import { showPanel, useMayUse } from '../../pages/placed-panel.tsx';
import { THEMES } from '../../preferences/preferences.ts';
import { useFormat, usePreferences } from '../../preferences/use-preferences.tsx';
import { FIGURES, figureAddress } from './figure-address.ts';

/** What can be gone to, by a part of its name. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const { products, expiries } = useMarketView();
  const [, change] = useAddress();
  const [, go] = useLocation();
  const search = useSearch();
  const { change: changePreferences } = usePreferences();
  const format = useFormat();
  const runKey = useRunKey();
  const mayUse = useMayUse();
  // Pages are listed by their names; with Ctrl or Cmd is this list itself. They are done once it is closed.
  const actions = useBoundKeys().filter(({ keys }) => !/^(g |Mod\+)/.test(keys));
  const then = (run: () => void) => () => {
    onClose();
    run();
  };
  return (
    <Modal label="Commands" onClose={onClose}>
      <Command label="Find a product, expiry, page, panel or figure" className="palette" loop>
        <Command.Input placeholder="Product, expiry, page, panel, figure, theme" />
        <Command.List label="Found">
          <Command.Empty>Nothing is called so.</Command.Empty>
          <Command.Group heading="Product">
            {products.map(({ product, name }) => (
              <Command.Item
                key={product}
                value={`product ${product}`}
                keywords={[name]}
                onSelect={then(() => change({ product, expiry: null }))}
              >
                {product} <small>{name === product ? '' : name}</small>
              </Command.Item>
            ))}
          </Command.Group>
          <Command.Group heading="Page">
            {ALL_PAGES.filter(({ needs }) => mayUse(needs)).map(({ path, title, key }) => (
              <Command.Item
                key={path}
                value={`page ${title}`}
                onSelect={then(() => go(search ? `${path}?${search}` : path))}
              >
                {title} {PAGES.some((page) => page.path === path) && <kbd>g {key}</kbd>}
              </Command.Item>
            ))}
          </Command.Group>
          <Command.Group heading="Panel">
            {ALL_PAGES.flatMap(({ path, title, panels }) =>
              panels
                .filter((name) => mayUse(PANELS[name].needs))
                .map((name) => (
                  <Command.Item
                    key={`${path} ${name}`}
                    value={`panel ${PANELS[name].title} on ${title}`}
                    onSelect={then(() => {
                      go(search ? `${path}?${search}` : path);
                      showPanel(name);
                    })}
                  >
                    {PANELS[name].title} <small>{title}</small>
                  </Command.Item>
                )),
            )}
          </Command.Group>
          <Command.Group heading="Expiry">
            {expiries.map(({ expiry }) => (
              <Command.Item
                key={expiry}
                value={`expiry ${expiry}`}
                keywords={[format.expiry(expiry)]}
                onSelect={then(() => change({ expiry }))}
              >
                {format.expiry(expiry)}
              </Command.Item>
            ))}
          </Command.Group>
          <Command.Group heading="Figure">
            {FIGURES.map(([name, figure]) => (
              <Command.Item
                key={name}
                value={`figure ${figure.title}`}
                keywords={[name]}
                title={meaning(figure)}
                onSelect={then(() => go(figureAddress(name, search)))}
              >
                {figure.title}
              </Command.Item>
            ))}
          </Command.Group>
          <Command.Group heading="Do">
            {actions.map(({ keys, does }) => (
              <Command.Item
                key={keys}
                value={`do ${does}`}
                onSelect={then(() => setTimeout(() => runKey(keys)))}
              >
                {does} <kbd>{keys}</kbd>
              </Command.Item>
            ))}
          </Command.Group>
          <Command.Group heading="Theme">
            {THEMES.map((theme) => (
              <Command.Item
                key={theme}
                value={`theme ${theme}`}
                onSelect={then(() => changePreferences({ theme }))}
              >
                Theme: {theme}
              </Command.Item>
            ))}
          </Command.Group>
        </Command.List>
      </Command>
    </Modal>
  );
}
