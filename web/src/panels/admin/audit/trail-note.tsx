import { useQuery } from '@tanstack/react-query';
import { usePanelVisible } from '../../../panel/panel-visible.tsx';
import { useServer, useSession } from '../../../platform/platform.tsx';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { trailText, verifyTrail } from './trail-state.ts';

/** Verifying reads every event that is kept, which is not to be done at each glance. */
const VERIFIED_EVERY_MS = 10 * 60_000;

/** Whether the trail of security events, which nobody may change, is as it was written. */
export function TrailNote() {
  const { client } = useServer();
  const person = useSession()?.user.id ?? null;
  const visible = usePanelVisible();
  const format = useFormat();
  const { data, error } = useQuery({
    queryKey: ['audit-trail', person],
    queryFn: ({ signal }) => verifyTrail(client, signal),
    enabled: visible,
    staleTime: VERIFIED_EVERY_MS,
    refetchInterval: visible ? VERIFIED_EVERY_MS : false,
  });
  if (error) return <p className="panel-note">The trail could not be verified: {error.message}</p>;
  if (!data) return <p className="panel-note">The trail is being verified …</p>;
  return data.broken === null ? (
    <p className="panel-note">{trailText(data, format.instant)}</p>
  ) : (
    <p className="form-problem" role="alert">
      {trailText(data, format.instant)}
    </p>
  );
}
