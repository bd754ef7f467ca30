import { LOG_EVENT_AREAS } from '@deltastream/client/log-events';
import { useMarketView } from '../../../market/view/market-view.tsx';
import { useServerQuery } from '../../../platform/use-server-query.ts';
import type { LogSearch } from './use-log-search.ts';

/** Ids of the lists that are offered while one types. */
export interface OfferedLists {
  readonly service: string;
  readonly event: string;
  readonly product: string;
}

const EVENTS = Object.values(LOG_EVENT_AREAS).flatMap((events) =>
  Object.entries<{ readonly meaning: string }>(events),
);
/** Services come and go with processes. */
const REFRESH_MS = 60_000;

interface OfferedProps {
  readonly lists: OfferedLists;
  readonly search: LogSearch;
}

/** Names that lines may have: services that said something in the range, events of the catalogue, products. */
export function Offered({ lists, search }: OfferedProps) {
  const { from, to } = search.request;
  const services = useServerQuery('countLogs', { by: 'service', from, to }, { refreshMs: REFRESH_MS }).data;
  const { products } = useMarketView();
  return (
    <>
      <datalist id={lists.service}>
        {services?.groups.map(({ values: [name] }) => name && <option key={name} value={name} />)}
      </datalist>
      <datalist id={lists.event}>
        {EVENTS.map(([name, { meaning }]) => (
          <option key={name} value={name}>
            {meaning}
          </option>
        ))}
      </datalist>
      <datalist id={lists.product}>
        {products.map(({ product, name }) => (
          <option key={product} value={product}>
            {name}
          </option>
        ))}
      </datalist>
    </>
  );
}
