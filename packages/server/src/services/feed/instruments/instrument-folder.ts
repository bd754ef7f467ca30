import { join } from 'node:path';

/** What venues list and listed, a file a venue in the data folder of the feed. */
export const instrumentFolder = (data: string): string => join(data, 'instruments');

/** Whose list it is. */
export interface ListPlace {
  readonly venue: string;
  /** Origin of another server that speaks as the venue does, such as a simulator; null: the venue itself. */
  readonly endpoint: string | null;
}

/** Every list that the settings of a feed speak of, whether or not it was ever kept. */
export interface KeptPlaces {
  readonly folder: string;
  readonly places: readonly ListPlace[];
}

/** @param otherServers the venues that are followed at another server than their own, with its origin */
export const placesOf = (venues: readonly string[], otherServers: ReadonlyMap<string, string>): ListPlace[] =>
  venues.map((venue) => ({ venue, endpoint: otherServers.get(venue) ?? null }));

const AT = '@';

/** The file of a place: of the venue itself `kite.json`, as it always was, of another server `kite@127.0.0.1-9000.json`. */
export const listFile = ({ venue, endpoint }: ListPlace): string =>
  endpoint === null
    ? `${venue}.json`
    : `${venue}${AT}${endpoint.replace(/^https?:\/\//, '').replace(/[^A-Za-z0-9.-]/g, '-')}.json`;

/** Whether a file of the folder is of another server than the venue itself. */
export const isOfOtherServer = (file: string): boolean => file.includes(AT) && file.endsWith('.json');
