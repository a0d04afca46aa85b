/** `status` of a condition. */
export type ConditionStatus = 'True' | 'False' | 'Unknown';

/**
 * Every reason that the condition `Ready` gives, by kind, with the `status` that goes with it. Stable: scripts and
 * alerts may rely on them. `docs/conditions.md` says what each means and what to do.
 */
export const READY_REASONS = {
  AzureIdentity: {
    Usable: 'True',
    SpecInvalid: 'False',
    RefusedByAzure: 'False',
    RecreatedInAzure: 'False',
    NotFoundInAzure: 'False',
    ClientIDMismatch: 'False',
  },
  AzureIdentityBinding: {
    Bound: 'True',
    BoundInNamespace: 'True',
    SelectorEmpty: 'False',
    IdentityNotFound: 'False',
    IdentityInvalid: 'False',
  },
  AzureAssignedIdentity: {
    Assigned: 'True',
    Attaching: 'False',
    RefusedByAzure: 'False',
    AzureForbidden: 'False',
    AzureDelayed: 'False',
    RequestRejected: 'False',
    ResourceNotFound: 'False',
    Unassigned: 'False',
  },
} as const;

/** A kind that has the condition `Ready`. */
export type ReadyKind = keyof typeof READY_REASONS;
/** A reason that `Ready` gives on a kind. */
export type ReadyReason<Kind extends ReadyKind = ReadyKind> = Kind extends ReadyKind
  ? keyof (typeof READY_REASONS)[Kind] & string
  : never;
