/**
 * Watches of one API server, which come back together.
 *
 * @module
 */
import { isUnreachable } from './failure-streak.js';
import type { ListWatchState } from './list-watch-state.js';
import type { ListWatch } from './list-watch.js';

/**
 * After an outage each watch waits for its own next attempt, and a program that needs all of them for the last one. In a group
 * the first that is answered has the others go on at once.
 */
export class WatchGroup {
  readonly #members = new Set<Pick<ListWatch<unknown>, 'serverAnswers'>>();

  add(member: Pick<ListWatch<unknown>, 'serverAnswers'>): void {
    this.#members.add(member);
  }

  /** Takes each change of state of a member. */
  note(state: ListWatchState): void {
    const answered = state.kind === 'watching' || (state.kind === 'retrying' && !isUnreachable(state.error));
    if (answered) for (const member of this.#members) member.serverAnswers();
  }
}
