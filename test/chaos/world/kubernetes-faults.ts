/** What goes wrong on the way of one process to the API server, or in it, for this process. */
export class KubernetesFaults {
  /** The API server is away: connections are refused, or nothing ever answers. */
  away: 'no' | 'refuses' | 'hangs' = 'no';
  /** The next requests are answered with these. */
  failures: { readonly status: number; readonly retryAfterSeconds?: number }[] = [];
  /** As many of the next writes take effect, but their answers are lost. */
  lostAnswers = 0;
  /** Somebody changes the object just before as many of the next writes to one. */
  races = 0;
  /** The next lists are of so many revisions ago. */
  staleLists: number[] = [];
  /** How much later than usual watches tell. */
  watchLagMs = 0;
  /** New watches never say a word. */
  silent = false;

  clear(): void {
    Object.assign(this, new KubernetesFaults());
  }
}
