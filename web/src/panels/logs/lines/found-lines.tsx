import { ActionButton } from '../../../form/action-button.tsx';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import type { LogSearch } from '../search/use-log-search.ts';
import { LineList } from './line-list.tsx';
import type { PanelParts } from './panel-parts.ts';
import { SaveLines } from './save-lines.tsx';
import { useLogPages } from './use-log-pages.ts';

/** Lines that a search found, newest first. */
export function useFoundLines(search: LogSearch): PanelParts {
  const { items, error, next, retry, hasNext, loadsNext, isCut } = useLogPages(
    search.request,
    !search.following,
  );
  const { count } = useFormat().figure;
  return {
    note: items && `newest first; ${count(items.length)} shown${hasNext || isCut ? ', there are more' : ''}`,
    pending: items === null,
    error: items === null ? error : null,
    retry,
    empty: items?.length === 0 ? emptyText(search) : null,
    controls: <SaveLines subject="log" request={search.request} />,
    content: items && (
      <LineList
        label="Lines found, newest first"
        items={items}
        more={hasNext || isCut}
        onEnd={next}
        end={
          <End
            isCut={isCut}
            hasNext={hasNext}
            loads={loadsNext}
            error={error}
            onNext={error ? retry : next}
          />
        }
      />
    ),
  };
}

interface EndProps {
  readonly isCut: boolean;
  readonly hasNext: boolean;
  readonly loads: boolean;
  readonly error: Error | null;
  readonly onNext: () => void;
}

/** What is below the last line that is here. */
function End({ isCut, hasNext, loads, error, onNext }: EndProps) {
  if (isCut)
    return <p className="line-end">More lines are not shown: narrow the search, or save them all.</p>;
  if (!hasNext) return <p className="line-end">These are all lines of the search.</p>;
  return (
    <p className="line-end">
      {error && <span role="alert">Older lines were not read: {error.message} </span>}
      <ActionButton disabled={loads} onClick={onNext}>
        {error ? 'Try again' : 'Older lines'}
      </ActionButton>
    </p>
  );
}

/** Why no line was found, and what to change. */
function emptyText({ filter, range, at }: LogSearch): string {
  const time = typeof range === 'object' ? 'in this range' : at === null ? 'lately' : 'before this instant';
  if (Object.keys(filter).length === 0) return `No line was stored ${time}. A longer time finds older ones.`;
  return `No line ${time} is one that is looked for. Take a criterion away, or choose a longer time.`;
}
