import { describe, expect, it } from 'vitest';
import { azureWorld, subscriptionId, tenantId } from '../../testing/azure-world.js';

describe('the list of subscriptions', () => {
  it('has those in which the caller has a role, anywhere', () => {
    const { arm, caller, populate, identityId } = azureWorld();
    populate.identity({ name: 'app' });
    const people = ['owner', 'operator', 'root', 'stranger'].map((name) => [name, caller(name)] as const);
    const scopes = { owner: undefined, operator: identityId('app'), root: '/' } as const;
    for (const [principal, scope] of Object.entries(scopes))
      populate.roleAssignment({ principal, role: 'Reader', ...(scope !== undefined && { scope }) });
    for (const [name, who] of people) {
      const { status, json } = arm(who, 'GET', '/subscriptions');
      expect(status).toBe(200);
      expect(json.value, name).toHaveLength(name === 'stranger' ? 0 : 1);
      if (name === 'owner')
        expect(json.value).toMatchObject([
          { id: `/subscriptions/${subscriptionId}`, subscriptionId, tenantId, state: 'Enabled' },
        ]);
    }
  });
});
