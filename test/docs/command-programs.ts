/** How the lines of a program, in command blocks of the documentation, are held to what is true. */
export type HeldBy =
  /** Run against a real control plane by `npm run docs:commands`. */
  | 'control plane'
  /** Its subcommands and flags are those that its own `--help` lists. */
  | 'help'
  /** Its scripts, configurations and workspaces are there, and a step of `.ci/run` runs each script. */
  | 'ci'
  /** Not held; the second part of the entry says why. */
  | 'nothing';

/** Every program that a block may call. A block that calls another one fails the check. */
export const programs: Readonly<Record<string, readonly [HeldBy, why: string]>> = {
  kubectl: ['control plane', 'the objects that it names are ours'],
  helm: ['control plane', 'the chart is ours'],
  mic: ['help', 'what it does to a cluster and to Azure is tested where it stands'],
  nmi: ['help', 'it needs a node'],
  az: ['help', 'it needs Azure: the Azure CLI knows its subcommands and flags without'],
  npm: ['ci', 'running it here would run the checks within the checks'],
  npx: ['ci', 'the same'],
  node: ['ci', 'it runs what a block before it installs, from the packages that CI installs and calls'],
  docker: ['nothing', 'it needs an engine, and a registry to push to'],
  skopeo: ['nothing', 'it needs a registry to push to'],
  openssl: ['nothing', 'it reads keys of the reader'],
  jq: ['nothing', 'it reads the output of a program'],
  envsubst: ['nothing', 'it fills in what the reader has'],
};

/** Scripts that no step of `.ci/run` runs under this name, and why. */
export const scriptsOutsideCi: Readonly<Record<string, string>> = {
  demo: 'scripts/check-demo.ts runs it, in a step of its own',
  simulator: 'it serves until it is stopped; the tests of its package start it',
  manifests: 'the check of the chart holds what it makes',
  bench: 'measures',
};
