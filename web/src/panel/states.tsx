import './panel.css';
import { ApiError } from '@deltastream/client';

/** Takes the room that the content will take, so that nothing jumps. */
export function Skeleton() {
  return (
    <div className="skeleton" role="status">
      <span className="unseen">Loading</span>
    </div>
  );
}

type MessageProps =
  | { readonly kind: 'empty'; readonly text: string }
  | { readonly kind: 'error'; readonly error: Error; readonly retry?: () => void };

/** Why there is nothing to see, and what to do. */
export function Message(props: MessageProps) {
  if (props.kind === 'empty') return <p className="message">{props.text}</p>;
  const { error, retry } = props;
  return (
    <div className="message" role="alert">
      <p>{error instanceof ApiError ? error.detail : error.message}</p>
      {error instanceof ApiError && <p>{error.remedy}</p>}
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
