/**
 * An error answer of ARM.
 *
 * @module
 */

/** Thrown inside the simulated ARM; its front turns it into `{"error": {"code", "message", …}}` with the status. */
export class ArmFailure extends Error {
  override readonly name = 'ArmFailure';
  readonly status: number;
  /** ARM's error code, such as `ResourceNotFound`. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: readonly unknown[] | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    extra: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly details?: readonly unknown[];
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = extra.headers ?? {};
    this.details = extra.details;
  }

  /** The body as ARM sends it. */
  get body(): { error: { code: string; message: string; details?: readonly unknown[] } } {
    return {
      error: { code: this.code, message: this.message, ...(this.details && { details: this.details }) },
    };
  }
}
