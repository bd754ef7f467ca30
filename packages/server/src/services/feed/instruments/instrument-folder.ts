import { join } from 'node:path';

/** What venues list and listed, a file a venue in the data folder of the feed. */
export const instrumentFolder = (data: string): string => join(data, 'instruments');
