import { lazy, Suspense } from 'react';
import { PanelBoundary } from '../panel/boundary/panel-boundary.tsx';
import { Skeleton } from '../panel/states.tsx';
import { useSession } from '../platform/platform.tsx';
import { AccessNote } from './panel-page.tsx';
import { useMayUse } from './placed-panel.tsx';

const TracePage = lazy(async () => ({
  default: (await import('../panels/logs/trace/trace-page.tsx')).TracePage,
}));

/** The page of one trace, for who may read the log. */
export function TraceRoute({ id }: { readonly id: string }) {
  const role = useSession()?.user.role;
  if (!useMayUse()('admin')) {
    return (
      <div className="panel-grid">
        <AccessNote path={`/logs/traces/${id}`} needs="admin" role={role} of="Traces are" />
      </div>
    );
  }
  return (
    <PanelBoundary>
      <Suspense fallback={<Skeleton />}>
        {/* What was chosen in one trace is not of another. */}
        <TracePage key={id} id={id} />
      </Suspense>
    </PanelBoundary>
  );
}
