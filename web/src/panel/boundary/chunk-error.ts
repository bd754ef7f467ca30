/** How Chromium, Firefox and Safari say that a module cannot be loaded. */
const NOT_LOADED =
  /dynamically imported module|importing a module script failed|unable to preload (css|module)/i;

/**
 * What a reader is told where a part of the dashboard could not be loaded, as after an update of the server or while
 * it is away; null for any other error. Only a reload of the page helps: what failed to load is not asked for again.
 */
export const chunkError = ({ message }: Error): Error | null =>
  NOT_LOADED.test(message)
    ? new Error('This part of the dashboard cannot be loaded: the server is away, or has a newer version.')
    : null;
