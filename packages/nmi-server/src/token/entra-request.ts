/**
 * What Entra is asked, and what it gives.
 *
 * @module
 */

/** How a service principal proves itself. */
export type EntraCredential =
  | { readonly kind: 'secret'; readonly secret: string }
  | {
      readonly kind: 'certificate';
      readonly pfx: Buffer;
      readonly password: string;
      readonly secretName: string;
    };

/** A request to Entra. */
export interface EntraTokenRequest {
  /** `https://…`, without a path. */
  readonly authorityHost: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly credential: EntraCredential;
  /** As the pod asked; the scope is made of it. */
  readonly resource: string;
  /** PEM text of authorities to trust; the system's where absent. */
  readonly caCertificates?: string;
}

/** A token as Entra issued it; times in milliseconds since the epoch. */
export interface EntraToken {
  readonly value: string;
  readonly expiresOnMs: number;
  readonly refreshOnMs?: number;
}
