/**
 * Started with `--import` before the loader of TypeScript: gives source files another text. `REPLACE_SOURCE` is JSON, one
 * replacement or a list of them: `file` (the end of its path), `from`, which must stand in it exactly once, and `to`.
 */
import { register } from 'node:module';

const replacement = process.env['REPLACE_SOURCE'];
if (replacement !== undefined) {
  const hook = `
    const replacements = [${replacement}].flat();
    export async function load(url, context, next) {
      const loaded = await next(url, context);
      const here = replacements.filter(({ file }) => url.split('?')[0].endsWith(file));
      if (here.length === 0) return loaded;
      let text = String(loaded.source);
      for (const { file, from, to } of here) {
        const count = text.split(from).length - 1;
        if (count !== 1) throw new Error(file + ' has ' + count + ' times: ' + from);
        text = text.replace(from, () => to);
      }
      return { ...loaded, source: text };
    }`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
}
