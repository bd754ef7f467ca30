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
  /** What is to be said before there is a command; shown where the venue is not followed. */
  readonly asked?: ReactNode;
  /** It was said. */
  readonly ready?: boolean;
}

/** What following a venue takes and by which command; where the platform follows it already, how it is. */
export function VenueFacts({ way, followed, watch, asked, ready = true }: VenueFactsProps) {
  const { timeOfDay } = useFormat();
  const own = followed.find(({ venue }) => venue === way.venue);
  return (
    <>
      {own && <p role="status">This platform follows it: {venueSentence(own, timeOfDay)}.</p>}
      {own && watch}
      <p>{way.needs}</p>
      <p className="terms">Terms: {way.terms}</p>
      {!own && asked}
      {!own && ready && <StartCommand flags={way.flags} />}
    </>
  );
}
