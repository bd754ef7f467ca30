import type { ReactNode } from 'react';
import { type Venue, venueSentence } from '../../market/status/venue-text.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { StartCommand } from './start-command.tsx';
import type { VenueWay } from './venue-ways.ts';

interface VenueFactsProps {
  readonly way: VenueWay;
  /** Those that the platform follows now. */
  readonly followed: readonly Venue[];
  /** Leads to what comes; nothing while no product is here. */
  readonly watch: ReactNode;
}

/** What following a venue takes and by which command; where the platform follows it already, how it is. */
export function VenueFacts({ way, followed, watch }: VenueFactsProps) {
  const { timeOfDay } = useFormat();
  const own = followed.find(({ venue }) => venue === way.venue);
  return (
    <>
      {own && <p role="status">This platform follows it: {venueSentence(own, timeOfDay)}.</p>}
      {own && watch}
      <p>{way.needs}</p>
      <p className="terms">Terms: {way.terms}</p>
      {!own && <StartCommand flags={way.flags} />}
    </>
  );
}
