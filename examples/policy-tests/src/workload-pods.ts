/** The part of a Kubernetes object that leads to its pods. */
interface Manifest {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly spec?: { readonly template?: PodTemplate; readonly jobTemplate?: Manifest };
}

interface PodTemplate {
  readonly metadata?: object;
  readonly spec?: object;
}

/** A pod as its workload's controller would make it, under the workload's name; nothing for what makes no pods. */
export function podsOfWorkload(manifest: unknown): object[] {
  const { kind, metadata, spec } = manifest as Manifest;
  const template = kind === 'CronJob' ? spec?.jobTemplate?.spec?.template : spec?.template;
  if (template === undefined) return [];
  const { name, namespace } = metadata ?? {};
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...template.metadata, name, namespace: namespace ?? 'default' },
      spec: template.spec,
    },
  ];
}
