import assert from 'node:assert/strict';
import type { Scenario } from '../scenario.js';
import { auditedRequests, rbacGroup, type AuditedRequest } from '../world/audit.js';
import type { ClusterObject } from '../world/cluster.js';
import type { World } from '../world/world.js';

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface RoleObject extends ClusterObject {
  readonly rules: readonly Rule[];
}

interface BindingObject extends ClusterObject {
  readonly subjects?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  }[];
  readonly roleRef: { readonly kind: string; readonly name: string };
}

/** One verb on one kind, for one account; in one namespace where that is not empty. */
interface Grant {
  readonly user: string;
  readonly namespace: string;
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly names: readonly string[];
}

export const rightsAreExact: Scenario = {
  name: 'the audit log of all of this: rights that MIC and NMI have are used, and nothing is refused to them',
  values: { rbac: { secretNamespaces: ['principals'] }, nmi: { startupTaint: true } },
  namespaces: ['principals'],
  run: async (world) => {
    const requests = await auditedRequests(world.auditLog);
    const grants = await grantsOf(world);
    assert(grants.length > 20, `${grants.length} rights`);
    const unused = grants.filter((grant) => !requests.some((request) => uses(request, grant)));
    const refused = requests.filter(
      (request) =>
        request.code === 403 &&
        isServiceAccount(request) &&
        !wasTakenAway(request, requests) &&
        !world.apiServerAway.some(({ from, to }) => from <= request.at && request.at <= to),
    );
    const told = (what: Grant | AuditedRequest): string =>
      `${what.user.split(':').at(-1)} ${what.verb} ${what.resource}.${what.group} ${what.namespace}`.trim();
    assert.deepEqual(
      {
        unused: unused.map(told),
        refused: [...new Set(refused.map(told))],
      },
      { unused: [], refused: [] },
    );
  },
};

function isServiceAccount({ user }: AuditedRequest): boolean {
  return user.startsWith('system:serviceaccount:');
}

/**
 * Whether the account had no rights at that time, because whoever installs had taken them away: helm takes them together with
 * the programs, which get some seconds to end, and roles sometimes before their bindings. Between the first of them that
 * went and the next binding that came.
 */
function wasTakenAway({ user, at }: AuditedRequest, requests: readonly AuditedRequest[]): boolean {
  const program = user.includes('-mic') ? '-mic' : '-nmi';
  const changes = requests.filter(
    (one) => one.group === rbacGroup && one.name.includes(program) && !one.name.endsWith('-secrets'),
  );
  const since = changes
    .filter(({ verb, resource, at: when }) => {
      return when <= at && verb === 'create' && resource === 'clusterrolebindings';
    })
    .at(-1);
  return changes.some(
    ({ verb, code, at: when }) => verb === 'delete' && code < 300 && when > (since?.at ?? 0) && when <= at,
  );
}

function uses({ user, verb, group, resource, namespace, name }: AuditedRequest, grant: Grant): boolean {
  return (
    user === grant.user &&
    verb === grant.verb &&
    group === grant.group &&
    resource === grant.resource &&
    (grant.namespace === '' || namespace === grant.namespace) &&
    (grant.names.length === 0 || grant.names.includes(name))
  );
}

async function grantsOf({ cluster, installation }: World): Promise<readonly Grant[]> {
  const grants: Grant[] = [];
  for (const kind of ['ClusterRoleBinding', 'RoleBinding'] as const) {
    for (const { metadata, subjects = [], roleRef } of await cluster.list<BindingObject>(kind)) {
      const accounts = subjects.filter(
        (one) => one.kind === 'ServiceAccount' && one.namespace === installation.namespace,
      );
      if (accounts.length === 0) continue;
      const { namespace = '' } = metadata;
      const role = await cluster.get<RoleObject>(roleRef.kind as 'Role', {
        name: roleRef.name,
        ...(roleRef.kind === 'Role' && { namespace }),
      });
      assert(role !== undefined, `there is no ${roleRef.kind} ${roleRef.name}`);
      for (const { name } of accounts)
        grants.push(
          ...expand(`system:serviceaccount:${installation.namespace}:${name}`, namespace, role.rules),
        );
    }
  }
  return grants;
}

function expand(user: string, namespace: string, rules: readonly Rule[]): Grant[] {
  return rules.flatMap(({ apiGroups = [], resources = [], resourceNames = [], verbs }) => {
    for (const word of [...apiGroups, ...resources, ...verbs])
      assert.notEqual(word, '*', 'a right to everything');
    return apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => ({ user, namespace, group, resource, verb, names: resourceNames })),
      ),
    );
  });
}
