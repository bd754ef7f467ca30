import { useMarketStatus } from '../../market/status/use-market-status.ts';
import { watchdogDetail, watchdogName, watchdogsOf } from '../../market/status/watchdog-text.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { useFormat } from '../../preferences/use-preferences.tsx';

/**
 * What is wrong with live quotes of the product that is shown, where its figures are told. It stands still and is not
 * read out: a venue that is away is what the label says.
 */
export function WatchdogMarks() {
  const { product, storedAt } = useMarketView();
  const status = useMarketStatus();
  const { timeOfDay } = useFormat();
  if (product === null || storedAt !== null) return null;
  return watchdogsOf(status, product.product).map((watchdog) => {
    const detail = watchdogDetail(watchdog, timeOfDay);
    return (
      <span key={watchdog.kind} className="flag" title={detail}>
        {watchdogName(watchdog)}
        <span className="unseen"> {detail}</span>
      </span>
    );
  });
}
