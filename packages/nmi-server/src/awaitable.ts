/**
 * Values that are there already, or come later. Where nothing has to be waited for, a request is answered in the turn of
 * the event loop in which it came: each promise on the way would cost more than what is decided there.
 *
 * @module
 */

/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with a value: at once where it is there. */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
