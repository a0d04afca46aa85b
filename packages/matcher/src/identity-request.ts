/** Which identity a token request asks for. What is absent or empty names nothing. */
export interface IdentityRequest {
  /** `client_id`, any casing. */
  readonly clientId?: string;
  /** `mi_res_id` or `msi_res_id`, any casing. */
  readonly resourceId?: string;
}

/** Whether the request names an identity at all. */
export function namesIdentity(request: IdentityRequest): boolean {
  return (request.clientId ?? '') !== '' || (request.resourceId ?? '') !== '';
}
