import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A group of the navigation, for one kind of reader. */
export interface NavigationGroup {
  readonly text: string;
  readonly items: readonly NavigationItem[];
}

/** A page, by its path from the root of the repository. */
export interface NavigationItem {
  readonly text: string;
  readonly page: string;
}

/** Who reads what, in the order in which they need it. A path, or a path and what to call it here. */
const groups: Readonly<Record<string, readonly (string | readonly [page: string, text: string])[]>> = {
  Operate: [
    'docs/install.md',
    ['deploy/README.md', 'Chart and manifests'],
    ['deploy/images/README.md', 'Images'],
    ['deploy/crds/README.md', 'Resource definitions'],
    ['deploy/admission/README.md', 'Admission policies'],
    'docs/upgrade.md',
    ['docs/take-over.md', 'From the original MIC, and back'],
    'docs/uninstall.md',
    'docs/roles.md',
    'docs/namespaces.md',
    'docs/managed-mode.md',
    'docs/clouds.md',
    'docs/service-principals.md',
    'docs/exceptions.md',
    'docs/clients.md',
    'docs/mic.md',
    ['docs/nmi.md', 'Operating NMI'],
    ['docs/dry-run.md', 'Dry run'],
    ['docs/conditions.md', 'What the objects say'],
    'docs/monitoring.md',
    'docs/troubleshooting.md',
    'docs/faq.md',
  ],
  Trust: [
    ['docs/spec.md', 'The contract'],
    'docs/security.md',
    ['SECURITY.md', 'Reporting a vulnerability'],
    'docs/interception.md',
    ['docs/original-defects.md', "The original's defects"],
    'docs/performance.md',
    ['docs/testing.md', 'What is tested'],
  ],
  'Build with it': [
    ['examples/demo/README.md', 'The demo'],
    ['packages/matcher/README.md', 'Matcher'],
    ['packages/core/README.md', 'Core'],
    ['packages/client/README.md', 'Client'],
    ['packages/simulator/README.md', 'Simulator'],
    ['examples/policy-tests/README.md', 'Policy tests'],
    ['examples/custom-controller/README.md', 'A controller of your own'],
  ],
  Contribute: [
    'CONTRIBUTING.md',
    'docs/architecture.md',
    'docs/adr/README.md',
    ['test/conformance/README.md', 'Conformance'],
    ['test/e2e/README.md', 'On a real cluster'],
    ['test/vectors/README.md', 'Test vectors'],
    ['packages/azure-assigner/README.md', 'MIC'],
    ['packages/nmi-server/README.md', 'NMI'],
    ['packages/kubernetes/README.md', 'Kubernetes'],
    ['packages/program/README.md', 'Program'],
    'CHANGELOG.md',
  ],
};

/**
 * The groups, with the pages that are there. A page in `docs/` that no group names is at the end of the first, so that
 * none is out of reach.
 *
 * @param root folder of the repository
 * @param pages paths from there
 */
export function navigation(root: string, pages: readonly string[]): NavigationGroup[] {
  const grouped = new Set(Object.values(groups).flatMap((entries) => entries.map(pageOf)));
  const others = pages.filter((page) => /^docs\/[^/]+\.md$/.test(page) && !grouped.has(page));
  return Object.entries(groups).map(([text, entries], index) => ({
    text,
    items: [...entries, ...(index === 0 ? others : [])]
      .filter((entry) => pages.includes(pageOf(entry)))
      .map((entry) => ({ page: pageOf(entry), text: textOf(root, entry) })),
  }));
}

function pageOf(entry: string | readonly [string, string]): string {
  return typeof entry === 'string' ? entry : entry[0];
}

function textOf(root: string, entry: string | readonly [string, string]): string {
  if (typeof entry !== 'string') return entry[1];
  return /^# (.+)$/m.exec(readFileSync(join(root, entry), 'utf8'))?.[1] ?? entry;
}
