/** What a deployment decides about matching. */
export interface MatchPolicy {
  /**
   * `standard`: MIC attaches identities to VMs. `managed`: NMI alone, identities are attached by other means; then rule 4
   * of docs/spec.md section 3 always applies, and an invalid `resourceID` is reported only.
   */
  readonly mode: 'standard' | 'managed';
  /** Pod, binding and identity must all be in one namespace, whatever the identity's annotation says. */
  readonly forceNamespaced: boolean;
  /**
   * Judge pods without a node as if they had one: for tests of policy over files, where nothing is scheduled.
   * Never in a runtime.
   */
  readonly assumeScheduled?: boolean;
}

/** How the original behaves by default: standard mode, bindings reach across namespaces. */
export const DEFAULT_POLICY: MatchPolicy = { mode: 'standard', forceNamespaced: false };
