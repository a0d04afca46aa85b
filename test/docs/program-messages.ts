/**
 * The texts in the source of `mic` and `nmi` that may reach whoever operates them.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A text as it stands in the source, with `…` for what is filled in. */
export interface ProgramMessage {
  readonly place: string;
  readonly text: string;
}

const packagesFolder = join(import.meta.dirname, '..', '..', 'packages');
const packages = ['azure-assigner', 'nmi-server', 'program', 'kubernetes', 'core', 'matcher'];

/** Files whose texts no running MIC or NMI prints, or that another page shows. */
const elsewhere = new Set([
  'azure-assigner/mic-metrics.ts', // help of metrics: docs/mic.md
  'nmi-server/nmi-metrics.ts', // the same: docs/nmi.md
  'azure-assigner/dry-run-text.ts', // the plan: docs/dry-run.md
  'matcher/load-snapshot.ts', // of the library alone
  'matcher/manifest.ts',
]);

/** Texts with words that are no messages: keys, requests, rules and the like. */
const noMessages = new Set([
  'Accepted for compatibility.',
  'AzureIdentity …',
  'AzureIdentityBinding …',
  'Bearer …',
  'Basic …',
  'GET, POST',
  'SystemAssigned, UserAssigned',
  'text/plain; charset=utf-8',
  'application/json; charset=utf-8',
  'aad-pod-identity-mic/… …',
  'aad-pod-identity-nmi/… …',
  'excepted …/…',
  'mic …',
  'nmi …',
  'name …',
  // Rules of iptables, and what looks for them.
  '-A PREROUTING -j …',
  '-I PREROUTING 1 -j …',
  '-D PREROUTING -j …',
  '-A … -j RETURN',
  '-X …',
  '-A … ! -s …/… -d …/… -p tcp -m tcp --dport … -j DNAT --to-destination …:…',
  '^ ?EVENT: … -t nat -\\w …( |$)',
  '^ ?EVENT: # nft: … nat …',
  '^ ?EVENT: nft: (NEW|DEL) table: table nat …',
  // What --help prints.
  'Usage of …:',
  '(default …)',
  '…\nmic uninstall takes MIC off the cluster: what it attached, and its objects (docs/uninstall.md).',
  '…\nnmi uninstall takes the redirection off a node where nothing runs any more.',
  // Reasons with which work is ended from within; nobody is told.
  'ended while waiting for its turn',
  'the check has ended',
  'the term is over',
  'the work of this term has ended',
  'this instance is stopping',
  'stopped by …',
  'aborted',
  '…: given up',
  '…: the connection is closed',
  // States that are not told.
  '… are not watched yet',
  '… are no longer watched',
  'connecting the watch of …',
  'listing …',
  'watching …',
  'not contending for the lease yet',
  // A defect of the program, which its own tests would show.
  'not a key of an identity: …',
  'the renew deadline must be shorter than the lease duration',
]);

/** Every message, in the order of the source. */
export function programMessages(): ProgramMessage[] {
  return packages.flatMap((name) => {
    const folder = join(packagesFolder, name, 'src');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|(^|\/)testing\//.test(file))
      .filter((file) => !elsewhere.has(`${name}/${file}`))
      .sort()
      .flatMap((file) => messagesOf(`${name}/${file}`, readFileSync(join(folder, file), 'utf8')));
  });
}

function messagesOf(file: string, source: string): ProgramMessage[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const found: ProgramMessage[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    const text = textOf(node)?.trim();
    const isFlagHelp =
      ts.isPropertyAssignment(node.parent) &&
      node.parent.name.getText() === 'description' &&
      file.endsWith('flags.ts');
    if (
      text !== undefined &&
      !isFlagHelp &&
      !noMessages.has(text) &&
      !text.startsWith('HTTP/1.1 ') &&
      (isProse(text) || isLogged(node))
    ) {
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
      found.push({ place: `${file}:${line + 1}`, text });
    }
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(tree, visit);
  return found;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
}

/** Two words, or a word and a blank to be filled in. */
function isProse(text: string): boolean {
  return /[A-Za-z]{2}/.test(text) && /[A-Za-z…"')]\S? \S*[A-Za-z…]/.test(text);
}

/** A single word that is the message of a line of the log. */
function isLogged({ parent }: ts.Node): boolean {
  return (
    ts.isCallExpression(parent) && /(^|[.#])log\.(debug|info|warn|error)$/.test(parent.expression.getText())
  );
}
