/** Started with `--import` before the loader of TypeScript: gives one source file another text. */
import { register } from 'node:module';

const replacement = process.env['REPLACE_SOURCE'];
if (replacement !== undefined) {
  const hook = `
    const { file, from, to } = ${replacement};
    export async function load(url, context, next) {
      const loaded = await next(url, context);
      if (!url.split('?')[0].endsWith(file)) return loaded;
      const text = String(loaded.source);
      if (!text.includes(from)) throw new Error(file + ' has no ' + from);
      return { ...loaded, source: text.replace(from, () => to) };
    }`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
}
