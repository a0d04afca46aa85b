/**
 * Asks the simulator's admin API, which listens on the loopback of the node alone, for somebody who owns the subscription,
 * and for the object ID of MIC's service principal. Arguments: the API's address, the subscription, the tenant, a secret.
 */
const [admin, subscriptionId, tenantId, secret] = process.argv.slice(2);
const name = 'subscription-owner';

const { clientId } = await ask('POST', '/azure/applications', { name, secrets: [secret] });
await ask('POST', '/azure/role-assignments', {
  principal: name,
  role: 'Owner',
  scope: `/subscriptions/${subscriptionId}`,
});
const { value } = await ask('GET', '/azure/applications');
const mic = value.find((application) => application.name === 'mic');
console.log(JSON.stringify({ clientId, micPrincipalId: mic.objectIds[tenantId] }));

async function ask(method, path, body) {
  const response = await fetch(`${admin}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
