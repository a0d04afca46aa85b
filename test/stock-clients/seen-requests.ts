/** One line of NMI's log about a request. */
export interface SeenRequest {
  readonly address: string;
  readonly status: number;
  readonly outcome: string;
  readonly reason?: string;
  /** The description of a refusal. */
  readonly msg: string;
}

/** What NMI's log says of the requests from an address, in their order. */
export function requestsFrom(address: string, log: readonly string[]): SeenRequest[] {
  return log
    .filter((line) => line.includes(`"${address}"`))
    .map((line) => JSON.parse(line) as SeenRequest)
    .filter((line) => line.address === address && typeof line.status === 'number');
}

/** Whether it was sent to see whether anybody is there: SDKs leave out the header for that. */
export function isProbe({ reason }: SeenRequest): boolean {
  return reason === 'metadata-header-missing';
}
