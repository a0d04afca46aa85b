/** One text that stands exactly once in one file, and what stands there instead. */
export interface Replacement {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A deliberate bug of MIC's. The oracle must catch each. */
export interface Mutation {
  readonly name: string;
  /** What is wrong with it. */
  readonly bug: string;
  readonly replace: readonly Replacement[];
}

const assigner = 'packages/azure-assigner/src';
const matcher = 'packages/matcher/src';
const kubernetes = 'packages/kubernetes/src';

function mutation(name: string, bug: string, file: string, from: string, to: string): Mutation {
  return { name, bug, replace: [{ file, from, to }] };
}

/** All of them. */
export const mutations: readonly Mutation[] = [
  mutation(
    'in-use',
    'an identity comes off although other assignments use it',
    `${matcher}/resource-usage.ts`,
    "if (usage.users > 0) return 'in-use';",
    '',
  ),
  mutation(
    'finalizer',
    'assignments are written without the finalizer',
    'packages/core/src/encode-assigned-identity.ts',
    'finalizers: [ASSIGNED_IDENTITY_FINALIZER],',
    'finalizers: [],',
  ),
  {
    name: 'fence',
    bug: 'writes go on after the lease has run out, until somebody says so',
    replace: [
      { file: `${kubernetes}/fenced-connection.ts`, from: '  term.assertLeading();\n', to: '' },
      { file: `${assigner}/fenced-compute.ts`, from: 'term.assertLeading();', to: '' },
      { file: `${kubernetes}/leader-term.ts`, from: '      this.end(ranOut());', to: '' },
    ],
  },
  mutation(
    'lease-held',
    'the lease is taken although another holds it',
    `${kubernetes}/lease-lock.ts`,
    "if (observed.holder !== '' && freshForMs > 0)",
    'if (freshForMs > Infinity)',
  ),
  mutation(
    'lost-event',
    'a deletion that the watch tells of is not taken',
    `${kubernetes}/list-watch.ts`,
    "if (type !== 'BOOKMARK') this.#take(",
    "if (type !== 'BOOKMARK' && type !== 'DELETED') this.#take(",
  ),
  mutation(
    'gone',
    'a version that has expired (410) does not lead to a new list, nor do watches that break before they bring anything',
    `${kubernetes}/list-watch.ts`,
    "failure.code === 'gone' || this.#badWatches >= badWatchesBeforeRelist",
    'this.#badWatches < 0',
  ),
  mutation(
    'old-knowledge',
    'a new leader acts on what its watches said last',
    `${assigner}/leadership.ts`,
    'await Promise.race([watch.relist(), over]);',
    'await Promise.race([watch.synced, over]);',
  ),
  mutation(
    'stale-assigned',
    'what is Assigned is not compared with Azure again',
    `${assigner}/azure-work.ts`,
    '(!fresh && wantedOf(plan).length > 0)',
    'false',
  ),
  mutation(
    'system-assigned',
    'taking off the last user-assigned identity drops the system-assigned one',
    `${matcher}/identity-patch.ts`,
    "return [{ type: current.systemAssigned ? 'SystemAssigned' : 'None' }];",
    "return [{ type: 'None' }];",
  ),
  mutation(
    'busy',
    'a PATCH is sent while an operation on the resource is under way',
    `${assigner}/resource-state.ts`,
    'this.#busy = now - (this.#updatingSince ?? Number.NEGATIVE_INFINITY) <= longestOperationMs;',
    'this.#busy = false;',
  ),
  mutation(
    'quarantine',
    'an identity that was refused once is never tried again',
    `${assigner}/quarantine.ts`,
    'if (sentence === undefined || sentence.until <= now) return false;',
    'if (sentence === undefined || now <= 0) return false; if (sentence.until <= now) return true;',
  ),
  mutation(
    'no-grace',
    'identities come off at once where the grace period was begun by another process',
    `${assigner}/grace-periods.ts`,
    'const firstSeen = this.#firstSeen.get(key) ?? now;',
    'const firstSeen = this.#firstSeen.get(key) ?? Number.NEGATIVE_INFINITY;',
  ),
  {
    name: 'name-collision',
    bug: 'an assignment whose name is taken is written over the other one',
    replace: [
      {
        file: `${assigner}/assignment-writer.ts`,
        from: 'refused.add(name);',
        to: 'if (found !== undefined) return this.#keep(await this.#cluster.replace({ ...input(name), resourceVersion: found.resourceVersion }));\n        refused.add(name);',
      },
      {
        file: `${matcher}/assigned-identity-index.ts`,
        from: 'return owner !== undefined && keyOfAssigned(owner) !== by;',
        to: "return owner !== undefined && by === '';",
      },
    ],
  },
  mutation(
    'others',
    'identities that were there before MIC count as attached by MIC',
    `${assigner}/run-objects.ts`,
    "return identities.userAssigned.has(identityKey) ? 'others' : 'mic';",
    "return 'mic';",
  ),
  mutation(
    'backoff',
    'what failed is tried again at once',
    `${kubernetes}/work-queue.ts`,
    'backoffDelay(item.failures, { baseMs: backoffMs, maxMs: maxBackoffMs }, random),',
    '0,',
  ),
  mutation(
    'retry-after',
    'Azure is asked again before the time that it asked for',
    `${assigner}/compute-rate-limit.ts`,
    'if (ofResource <= 0 && ofSubscription <= 0) return undefined;',
    'if (ofResource <= Infinity) return undefined;',
  ),
  mutation(
    'rate-limit',
    'calls to Azure do not wait for their turn',
    `${assigner}/token-buckets.ts`,
    'return bucket.tokens >= 0 ? 0 : (-bucket.tokens * 60_000) / this.#limit.perMinute;',
    'return 0;',
  ),
  mutation(
    'immutable',
    'immutable identities come off',
    `${matcher}/protected-identities.ts`,
    "for (const name of identities.immutableIdentities) this.#protect(name, 'immutable');",
    '',
  ),
  mutation(
    'lets-go',
    'an assignment goes although its identity could not be taken off',
    `${assigner}/resource-run.ts`,
    'await this.#remove(detach.filter(({ identity }) => !applied.userAssigned.has(identity.key)));',
    'await this.#remove(detach);',
  ),
  mutation(
    'old-place',
    'an assignment that moves forgets what is to come off at its old place',
    `${assigner}/assignment-writer.ts`,
    'if (leavesSomethingBehind(current, nodeResource, grant, placement)) {',
    'if (nodeResource === null) {',
  ),
  mutation(
    'gone-node',
    'assignments do not say on which VM or scale set they are',
    `${assigner}/assignment-object.ts`,
    '    [COMPUTE_RESOURCE_ANNOTATION]: formatComputeResource(resource),\n    ...(attachedBy',
    "    ...(resource.name !== '' && {}),\n    ...(attachedBy",
  ),
  mutation(
    'recreated',
    'an identity that was created anew under its name counts as attached',
    `${matcher}/identity-patch.ts`,
    ': { resourceID, stale: true },',
    ': { resourceID, stale: false },',
  ),
  mutation(
    'finished-pods',
    'a pod that has ended keeps its identity',
    `${matcher}/pod-match.ts`,
    "if (isFinished(pod)) return 'pod-finished';",
    '',
  ),
  mutation(
    'unchanged',
    'conditions are written although they say what stands already',
    `${assigner}/condition-reporter.ts`,
    'if (ready === standing || this.#unsupported.has(kind)) return {};',
    'if (this.#unsupported.has(kind)) return {};',
  ),
  mutation(
    'too-early',
    'an assignment is Assigned before its identity is on the machines',
    `${assigner}/resource-run.ts`,
    'return this.#state.isUsable(key) && !this.#isHeld(key);',
    'return !this.#isHeld(key);',
  ),
];
