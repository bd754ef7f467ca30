import { useEffect, useEffectEvent, useState } from 'react';
import { usePlatform } from '../../../platform/platform.tsx';
import { followOwnAlerts, type OwnAlert } from './follow-own-alerts.ts';

/** More than anybody reads as notices; the list of firings has all. */
const KEPT = 100;

/** What fired since the component is there, the newest last; each is told to `onFiring`, too. */
export function useOwnAlerts(
  owner: 'me' | 'operator',
  onFiring: (firing: OwnAlert) => void = () => {},
): readonly OwnAlert[] {
  const { socket } = usePlatform();
  const [fired, setFired] = useState<readonly OwnAlert[]>([]);
  const tell = useEffectEvent(onFiring);
  useEffect(() => {
    setFired([]);
    return followOwnAlerts(socket, owner, (firing) => {
      setFired((before) => [...before, firing].slice(-KEPT));
      tell(firing);
    });
  }, [socket, owner]);
  return fired;
}
