import { identity, pod, resourceId } from '../harness/objects.js';
import { kubectl } from './kubectl.js';

/** One command of the session: its arguments, and what it reads from its input. */
export interface Step {
  args: readonly string[];
  input?: string;
}

const manifest = (spec: object, labels?: Record<string, string>): string =>
  JSON.stringify(identity('reader', { ...(labels === undefined ? {} : { labels }), spec }));
const step = (command: string, input?: string): Step => ({
  args: command.split(' '),
  ...(input === undefined ? {} : { input }),
});

const bindingYaml = `
apiVersion: aadpodidentity.k8s.io/v1
kind: AzureIdentityBinding
metadata:
  name: web
spec:
  azureIdentity: reader
  selector: web
`;
const invalidYaml = `
apiVersion: aadpodidentity.k8s.io/v1
kind: AzureIdentity
metadata:
  name: invalid
spec:
  type: none
`;
const misspeltYaml = `
apiVersion: aadpodidentity.k8s.io/v1
kind: AzureIdentity
metadata:
  name: misspelt
  lables: {}
spec:
  type: 0
  resourceID: ${resourceId}misspelt
`;

/** What an administrator types: the ordinary life of our objects, of a pod and of a node. */
export function session(node: string): Step[] {
  const nodeManifest = JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: node } });
  return [
    step('apply -f -', manifest({ type: 0 })),
    step('apply -f -', manifest({ type: 0 })),
    step('apply -f -', manifest({ type: 1 }, { team: 'a' })),
    step('apply -f - --dry-run=server', manifest({ type: 2 })),
    step('apply -f -', bindingYaml),
    step('apply -f -', invalidYaml),
    step('apply -f - --validate=strict', misspeltYaml),
    step('create -f -', bindingYaml),
    step('replace -f -', bindingYaml),
    step('get azureidentities'),
    step('get azureidentities -o wide --show-labels'),
    step('get azureidentities,azureidentitybindings -o name'),
    step('get azureidentity reader -o yaml'),
    step('get azureidentity reader -o jsonpath={.spec.type}'),
    step('get azureidentities -l team=a -o name'),
    step('get azureidentities -l team!=a'),
    step('get azureidentities --field-selector metadata.name=reader -o name'),
    step('get azureidentities --field-selector spec.type=1'),
    step('get azureidentity none'),
    step('get unheardof'),
    step('describe azureidentity reader'),
    step('describe azureidentitybinding web'),
    step('patch azureidentity reader --type=merge -p {"spec":{"clientID":"other"}}'),
    step('patch azureidentity reader --type=json -p [{"op":"remove","path":"/spec/clientID"}]'),
    step('patch azureidentity reader --type=strategic -p {}'),
    step('label azureidentity reader team=b'),
    step('label azureidentity reader team=b --overwrite'),
    step('annotate azureidentity reader aadpodidentity.k8s.io/Behavior=namespaced'),
    step('wait azureidentity reader --for=jsonpath={.spec.type}=1 --timeout=10s'),
    step('api-resources --api-group=aadpodidentity.k8s.io'),
    step('explain azureidentitybindings.spec.selector'),
    step('apply -f -', JSON.stringify(pod('web-0', { node, labels: { aadpodidbinding: 'web' } }))),
    step('get pods -o wide'),
    step('label pod web-0 aadpodidbinding-'),
    step('get pods --show-labels'),
    step('delete pod web-0 --force --grace-period=0'),
    step('create configmap settings --from-literal=a=1'),
    step('get configmap settings -o jsonpath={.data.a}'),
    step('create secret generic password --from-literal=clientSecret=s3cret'),
    step('get secrets'),
    step('create serviceaccount mic'),
    step('get serviceaccount mic -o name'),
    step('apply -f -', nodeManifest),
    step(`taint nodes ${node} aadpodidentity.k8s.io/nmi-not-ready=:NoSchedule`),
    step(`get node ${node} -o jsonpath={.spec.taints[0].key}`),
    step(`taint nodes ${node} aadpodidentity.k8s.io/nmi-not-ready-`),
    step(`label node ${node} agentpool=one`),
    step(`cordon ${node}`),
    step(`get node ${node}`),
    step(`delete node ${node}`),
    step('get events'),
    step('delete azureidentity reader'),
    step('delete azureidentitybindings --all'),
    step('delete azureidentity reader'),
    step('delete azureidentity reader --ignore-not-found'),
    step('get azureidentities,azureidentitybindings'),
  ];
}

/** Types the session, and gives for each step what was seen, with what must differ between servers masked. */
export async function transcript(
  kubeconfig: string,
  namespace: string,
  steps: readonly Step[],
): Promise<string[]> {
  const seen: string[] = [];
  for (const { args, input } of steps) {
    const { code, stdout, stderr } = await kubectl(kubeconfig, ['--namespace', namespace, ...args], input);
    seen.push(mask(`$ kubectl ${args.join(' ')}\n${stdout}${stderr}[exit ${code}]`, namespace));
  }
  return seen;
}

function mask(seen: string, namespace: string): string {
  return (
    seen
      // A server need not offer server-side apply.
      .replaceAll(', application/apply-patch+yaml', '')
      .replaceAll(namespace, 'NAMESPACE')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UUID')
      .replaceAll(/(resourceVersion: "|Resource Version: +)\d+/g, '$1VERSION')
      .replaceAll(/\b\d+s\b/g, 'AGE')
      .replaceAll(/ {2,}/g, '  ')
      .replaceAll(/ +$/gm, '')
  );
}
