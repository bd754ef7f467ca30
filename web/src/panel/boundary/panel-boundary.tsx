import { Component, type ReactNode } from 'react';
import { Message } from '../states.tsx';
import { chunkError } from './chunk-error.ts';

interface PanelBoundaryProps {
  readonly children: ReactNode;
}

interface State {
  readonly error: Error | null;
}

/** Keeps an error while drawing, or of loading code, to what is inside; the rest of the page goes on. */
export class PanelBoundary extends Component<PanelBoundaryProps, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(thrown: unknown): State {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    const gone = chunkError(error);
    const again = gone ? () => location.reload() : () => this.setState({ error: null });
    return (
      <section className="panel">
        <Message kind="error" error={gone ?? error} retry={again} />
      </section>
    );
  }
}
