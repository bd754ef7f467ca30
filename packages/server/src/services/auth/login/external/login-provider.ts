/** Somebody as an external provider knows them. */
export interface ExternalAccount {
  readonly issuer: string;
  /** Never reassigned by the issuer; the email may be. */
  readonly subject: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly name: string | null;
}

/** What must come back unchanged at the end of a login under way; secret from everyone but this service. */
export type ProviderFlow = Readonly<Record<string, string>>;

/** A place where people log in for us. */
export interface LoginProvider {
  readonly name: string;
  /** Where to send the browser, and what to remember until it comes back. Rejects with `unavailable`. */
  begin(): Promise<{ url: string; flow: ProviderFlow }>;
  /**
   * Who logged in. `query` is what the provider sent the browser back with. Rejects with `invalid_token`
   * when that does not belong to the flow or the provider does not vouch for it, `unavailable` when the
   * provider cannot be reached.
   */
  complete(query: string, flow: ProviderFlow): Promise<ExternalAccount>;
}
