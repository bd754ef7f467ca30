import { type FormEvent, useId, useState } from 'react';
import { Choice, Problem, valuesOf } from '../../form/form.tsx';
import { Modal } from '../../form/modal.tsx';
import { useExpiries, useMarketView } from '../../market/view/market-view.tsx';
import { listedAt } from '../../market/view/not-here.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { type Layout, panelsOf } from '../layout/layout.ts';
import { haveRoom } from '../layout/layout-text.ts';
import { formatPanelId } from '../layout/panel-id.ts';
import { knownPanel, titleOf } from '../panel-names.ts';

interface PinDialogProps {
  readonly panel: string;
  readonly layout: Layout;
  /** Called with the panel that is to stand in its place. */
  readonly onPin: (by: string) => void;
  readonly onClose: () => void;
}

/** Asks what a panel shows whatever the page shows, or whether it follows the page. */
export function PinDialog({ panel, layout, onPin, onClose }: PinDialogProps) {
  const head = useId();
  const format = useFormat();
  const { products, product: shown, storedAt } = useMarketView();
  const known = knownPanel(panel);
  const pin = known?.pin ?? null;
  const [product, setProduct] = useState(pin?.product ?? shown?.product ?? '');
  const [refused, setRefused] = useState<Error | null>(null);
  const listed = listedAt(
    useExpiries(products.some((each) => each.product === product) ? product : null).stored,
    storedAt,
  ).map(({ expiry }) => expiry);
  const named = pin !== null && pin.product === product ? pin.expiry : null;
  // What it is pinned to may be here no more, and is not given up unasked.
  const symbols = withNamed(
    products.map((each) => each.product),
    pin?.product ?? null,
  );
  const expiries = withNamed(listed, named);
  const name = known?.name ?? panel;
  const isAt = (by: string) => by !== panel && panelsOf(layout).includes(by);
  const title = `Pin ${titleOf(name)}`;

  function place(by: string): void {
    const others = panelsOf(layout).filter((each) => each !== panel);
    if (isAt(by))
      setRefused(new Error(`${titleOf(by)} is in this workspace already. Choose something else.`));
    else if (!haveRoom([...others, by]))
      setRefused(new Error('The workspace has no room for it: its link would be too long. Close a panel.'));
    else onPin(by);
  }
  function submitted(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const { expiry = null } = valuesOf(event.currentTarget);
    if (product !== '') place(formatPanelId({ panel: name, pin: { product, expiry } }));
  }
  return (
    <Modal label={title} onClose={onClose}>
      <form className="form narrow" aria-labelledby={head} onSubmit={submitted}>
        <h2 id={head}>{title}</h2>
        <p>It shows this product whatever the page shows, at the instant of the page.</p>
        <Choice
          label="Product"
          value={product}
          onChange={({ target }) => setProduct(target.value)}
          options={symbols.map((each) => [each, each] as const)}
        />
        <Choice
          key={product}
          label="Expiry"
          name="expiry"
          defaultValue={named ?? ''}
          options={[
            ['', 'The nearest'] as const,
            ...expiries.map((each) => [each, format.expiry(each)] as const),
          ]}
        />
        <Problem error={refused} />
        <div className="buttons">
          <button type="submit" className="primary">
            Pin
          </button>
          {pin !== null && (
            <button type="button" onClick={() => place(name)}>
              Follow the page
            </button>
          )}
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Modal>
  );
}

const withNamed = (listed: readonly string[], named: string | null): readonly string[] =>
  named === null || listed.includes(named) ? listed : [named, ...listed];
