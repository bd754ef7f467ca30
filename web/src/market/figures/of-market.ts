/** Marks a query of what is of the market, all of which is asked for anew when the server is back. */
export const OF_MARKET = { ofMarket: true } as const;
