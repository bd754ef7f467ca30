import type { ChainFigureName, ChainSummaryView, ExposureView, FiguresView } from '@deltastream/contracts';
import type { SignModel } from '@deltastream/quant';
import { exposureByStrike } from '../../../kit/chains/exposure-by-strike.ts';
import type { ChainState } from '../market/tracked-chain.ts';
import type { ExpiryPicture, ExpiryView } from './expiry-content.ts';

type Complete = ExpiryPicture & ReturnType<ExpiryView['snapshot']>;

/** What is sent in full whenever the chain is another: made once for a state, for all who are shown the same. */
function completeView(
  event: ExpiryView['event'],
  make: (state: ChainState, summary: ChainSummaryView) => Complete,
): ExpiryView {
  /** With the summary it was made with, which is another once the chain is stale. */
  const made = new WeakMap<ChainState, { readonly summary: ChainSummaryView; readonly view: Complete }>();
  const full = (state: ChainState): Complete => {
    const summary = state.summary();
    const known = made.get(state);
    if (known?.summary === summary) return known.view;
    const view = make(state, summary);
    made.set(state, { summary, view });
    return view;
  };
  return {
    event,
    full,
    update: (_sent, state) => full(state),
    since: (_seq, { state }) => full(state),
    snapshot: full,
  };
}

/** Chosen figures of a chain, with the reasons of those that are null. */
export const figuresView = (names: ReadonlySet<ChainFigureName>): ExpiryView =>
  completeView('figures_update', (_state, summary): FiguresView => {
    const { product, expiry, timestamp, epoch, seq, quality, null_reasons: reasons } = summary;
    const chosen = [...names].sort();
    return {
      ...{ product, expiry, timestamp, epoch, seq, quality },
      figures: Object.fromEntries(chosen.map((name) => [name, summary[name]])),
      null_reasons: Object.fromEntries(
        chosen.flatMap((name) => (name in reasons ? [[name, reasons[name]]] : [])),
      ),
    };
  });

/** Exposures of a chain by strike. */
export const exposureView = (model: SignModel): ExpiryView =>
  completeView('exposure_update', ({ chain }, { epoch, seq, quality }): ExposureView => {
    return { ...exposureByStrike(chain, model), epoch, seq, quality };
  });
