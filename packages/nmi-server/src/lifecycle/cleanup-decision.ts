/**
 * Whether the redirection goes when NMI stops (section 9 of the contract): a restart or an upgrade keeps it, an uninstall
 * removes it. Pure.
 *
 * @module
 */

/** `--cleanup-on-exit` */
export type CleanupMode = 'auto' | 'always' | 'never';

/** What is known of the DaemonSet that NMI's own pod belongs to. */
export type DaemonSetState =
  | { readonly kind: 'present' }
  /** It has a deletion timestamp: deleted in the foreground, or held by a finalizer. */
  | { readonly kind: 'being-deleted' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown'; readonly why: string };

/** What happens with the redirection, and why. */
export interface CleanupDecision {
  readonly remove: boolean;
  readonly because: string;
}

/**
 * Decides. An answer to a question asked now counts; where there was none, a deletion that the watch told of does: it may
 * have come before NMI's own permissions were deleted too. What is unknown keeps the rules, since a node whose
 * NMI is away must refuse.
 */
export function decideCleanup(
  mode: CleanupMode,
  watched: DaemonSetState,
  asked: DaemonSetState,
): CleanupDecision {
  if (mode !== 'auto') return { remove: mode === 'always', because: `--cleanup-on-exit=${mode}` };
  const deletionSeen = watched.kind === 'gone' || watched.kind === 'being-deleted';
  const state = asked.kind === 'unknown' && deletionSeen ? watched : asked;
  switch (state.kind) {
    case 'gone':
      return { remove: true, because: 'the DaemonSet of NMI is deleted' };
    case 'being-deleted':
      return { remove: true, because: 'the DaemonSet of NMI is being deleted' };
    case 'present':
      return { remove: false, because: 'the DaemonSet of NMI is still there' };
    case 'unknown':
      return { remove: false, because: `whether NMI is uninstalled is not known: ${state.why}` };
  }
}
