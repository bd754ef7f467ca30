import { useEffect, useEffectEvent, useState } from 'react';
import { usePlatform } from '../../../platform/platform.tsx';
import { followOwnAlerts, type OwnAlert } from './follow-own-alerts.ts';

/** More than anybody reads as notices; the list of firings has all. */
const KEPT = 100;

interface OwnAlerts {
  /** What fired since the component is there, the newest last. */
  readonly fired: readonly OwnAlert[];
  /** Whether the server has alerts for who reads, and tells of them. */
  readonly isFollowed: boolean;
}

/** Follows what the rules of the reader, or the platform's, fire; each firing is told to `onFiring`, too. Null follows nothing. */
export function useOwnAlerts(
  owner: 'me' | 'operator' | null,
  onFiring: (firing: OwnAlert) => void = () => {},
): OwnAlerts {
  const { socket } = usePlatform();
  const [fired, setFired] = useState<readonly OwnAlert[]>([]);
  const [isFollowed, setFollowed] = useState(false);
  const tell = useEffectEvent(onFiring);
  useEffect(() => {
    setFired([]);
    setFollowed(false);
    if (owner === null) return;
    return followOwnAlerts(socket, owner, {
      onFollowed: () => setFollowed(true),
      onFiring(firing) {
        setFired((before) => [...before, firing].slice(-KEPT));
        tell(firing);
      },
    });
  }, [socket, owner]);
  return { fired, isFollowed };
}
