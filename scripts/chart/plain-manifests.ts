/**
 * The plain manifests in deploy/infra, as the chart makes them: for `kubectl create -f`, with the names that the
 * original's manifests have.
 *
 * @module
 */
import { format } from 'prettier';
import { renderChart, type Rendering } from './render.js';

interface PlainManifest extends Rendering {
  /** Path under deploy/. */
  readonly path: string;
  /** What stands at the top, as comment lines. */
  readonly head: readonly string[];
}

/** As in the original's plain manifests: NMI on every node, everything in one namespace. */
const nmi = { tolerations: [{ operator: 'Exists' }] };
const mic = {
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 1,
          podAffinityTerm: {
            topologyKey: 'kubernetes.io/hostname',
            labelSelector: { matchLabels: { component: 'mic' } },
          },
        },
      ],
    },
  },
};
const common = { plainNames: true, installMICException: 'false', mic, nmi };
const imageHint =
  'The image names stand for wherever you have pushed the images to: replace aad-pod-identity/ by your registry.';

const manifests: readonly PlainManifest[] = [
  {
    path: 'infra/deployment-rbac.yaml',
    head: ['MIC and NMI with their rights. After deploy/crds; see deploy/README.md.', imageHint],
    namespace: 'default',
    hooks: false,
    values: common,
  },
  {
    path: 'infra/deployment.yaml',
    head: ['MIC and NMI for clusters without RBAC. After deploy/crds; see deploy/README.md.', imageHint],
    namespace: 'default',
    hooks: false,
    values: { ...common, rbac: { enabled: false } },
  },
  {
    path: 'infra/managed-mode-deployment.yaml',
    head: [
      'NMI alone, for identities that are attached to the nodes by other means. After deploy/crds; see deploy/README.md.',
      imageHint,
    ],
    namespace: 'kube-system',
    hooks: false,
    values: { ...common, operationMode: 'managed' },
  },
  {
    path: 'infra/mic-exception.yaml',
    head: ['Lets requests of MIC itself, and of the add-ons of AKS, past NMI to the metadata service.'],
    namespace: 'default',
    only: ['mic-exception.yaml'],
    values: { plainNames: true },
  },
  {
    path: 'infra/uninstall.yaml',
    head: [
      'Stops MIC, takes off what it attached, and removes its objects: before deployment-rbac.yaml is deleted.',
      'See docs/uninstall.md.',
      imageHint,
    ],
    namespace: 'default',
    only: ['uninstall.yaml'],
    values: { plainNames: true, mic },
  },
];

/** Their texts by path under deploy/. */
export async function plainManifests(helm: string): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const { path, head, ...rendering } of manifests) {
    const text = plain(await renderChart(helm, rendering));
    const comment = [...head, 'Made from the chart by `npm run manifests`: change it there.'];
    const whole = `${comment.map((line) => `# ${line}\n`).join('')}---\n${text}`;
    texts.set(path, await format(whole, { parser: 'yaml', printWidth: 110, singleQuote: true }));
  }
  return texts;
}

/** Without what is helm's: where each object comes from, and hook annotations, which mean nothing to kubectl. */
function plain(rendered: string): string {
  return rendered
    .replaceAll(/^# Source: .*\n/gm, '')
    .replaceAll(/^ {2}annotations:\n(?: {4}helm\.sh\/.*\n)+/gm, '')
    .replace(/^(?:---\n)+/, '')
    .replaceAll(/---\n(?:---\n)+/g, '---\n');
}
