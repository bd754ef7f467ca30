import { ActionButton } from '../../../form/action-button.tsx';
import { Panel } from '../../../panel/panel.tsx';
import { useLogSearch } from '../search/use-log-search.ts';
import { useFollowedLines } from '../tail/followed-lines.tsx';
import { useFoundLines } from './found-lines.tsx';

const TITLE = 'Log lines';

/** The lines of the search, newest first; or as they come. */
export function LogLinesPanel() {
  const search = useLogSearch();
  const { following, at, change } = search;
  const found = useFoundLines(search);
  const followed = useFollowedLines(search);
  const { controls, content, ...states } = following ? followed : found;
  return (
    <Panel
      title={TITLE}
      {...states}
      controls={
        <>
          {controls}
          <ActionButton
            aria-pressed={following}
            disabled={at !== null}
            title={
              at === null
                ? 'Shows lines of the search as they come'
                : 'The page shows an instant; lines come at LIVE'
            }
            onClick={() => change({ following: !following })}
          >
            Follow
          </ActionButton>
        </>
      }
    >
      {content}
    </Panel>
  );
}
