import { parser } from '@prometheus-io/lezer-promql';

/** See `parse-promql.d.mts`. */
export function parseQuery(query) {
  const selectors = [];
  const grouped = new Set();
  let within = [];
  parser.parse(query).iterate({
    enter: ({ name, type, from, to }) => {
      const text = query.slice(from, to);
      if (type.isError) throw new Error(`no PromQL at ${from}: ${query}`);
      if (name === 'VectorSelector') selectors.push({ metric: '', matchers: [], from, to });
      const last = selectors.at(-1);
      if (name === 'Identifier' && last !== undefined && last.metric === '') last.metric = text;
      if (name === 'UnquotedLabelMatcher') {
        const [, label, operator, value] = /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/s.exec(text);
        last.matchers.push({ label, operator, value });
      }
      if (name === 'GroupingLabels') within = [from, to];
      if (name === 'LabelName' && from >= within[0] && to <= within[1]) grouped.add(text);
    },
  });
  return {
    selectors: selectors.map(({ metric, matchers }) => ({ metric, matchers })),
    grouped: [...grouped],
  };
}
