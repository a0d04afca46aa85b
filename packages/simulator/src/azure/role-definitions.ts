/**
 * The built-in roles of Azure that concern virtual machines and managed identities, with what they allow.
 *
 * @module
 */

/** A role: which actions it allows, and which of those it takes back. `*` stands for any text. */
export interface RoleDefinition {
  /** The ID that Azure gives it in every tenant. */
  readonly id: string;
  readonly name: string;
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
}

const definitions: readonly RoleDefinition[] = [
  { id: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635', name: 'Owner', actions: ['*'], notActions: [] },
  {
    id: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
    name: 'Contributor',
    actions: ['*'],
    notActions: ['Microsoft.Authorization/*/Delete', 'Microsoft.Authorization/*/Write'],
  },
  { id: 'acdd72a7-3385-48ef-bd42-f606fba81ae7', name: 'Reader', actions: ['*/read'], notActions: [] },
  {
    id: '9980e02c-c2be-4d73-94e8-173b1dc7cf3c',
    name: 'Virtual Machine Contributor',
    actions: [
      'Microsoft.Authorization/*/read',
      'Microsoft.Compute/locations/*',
      'Microsoft.Compute/virtualMachines/*',
      'Microsoft.Compute/virtualMachineScaleSets/*',
    ],
    notActions: [],
  },
  {
    id: 'f1a07417-d97a-45cb-824c-7a7467783830',
    name: 'Managed Identity Operator',
    actions: [
      'Microsoft.ManagedIdentity/userAssignedIdentities/read',
      'Microsoft.ManagedIdentity/userAssignedIdentities/*/read',
      'Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action',
      'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action',
      'Microsoft.Authorization/*/read',
    ],
    notActions: [],
  },
  {
    id: 'e40ec5ca-96e0-45a2-b4ff-59039f2c2b59',
    name: 'Managed Identity Contributor',
    actions: [
      'Microsoft.ManagedIdentity/userAssignedIdentities/read',
      'Microsoft.ManagedIdentity/userAssignedIdentities/write',
      'Microsoft.ManagedIdentity/userAssignedIdentities/delete',
      'Microsoft.Authorization/*/read',
    ],
    notActions: [],
  },
  {
    id: '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
    name: 'User Access Administrator',
    actions: ['*/read', 'Microsoft.Authorization/*'],
    notActions: [],
  },
];

/** Finds a role by its name (any casing), its GUID, or a whole `…/roleDefinitions/{guid}` ID. */
export function findRoleDefinition(role: string): RoleDefinition | undefined {
  const wanted = role.toLowerCase().split('/').at(-1) ?? '';
  return definitions.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted);
}

/** Whether the role allows the action, such as `Microsoft.Compute/virtualMachines/read`. */
export function roleAllows(role: RoleDefinition, action: string): boolean {
  const matches = (pattern: string): boolean => compile(pattern).test(action);
  return role.actions.some(matches) && !role.notActions.some(matches);
}

const compiled = new Map<string, RegExp>();

function compile(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const source = pattern.split('*').map((part) => part.replace(/[.\\/]/g, '\\$&'));
  const expression = new RegExp(`^${source.join('.*')}$`, 'i');
  compiled.set(pattern, expression);
  return expression;
}
