import { parser } from '@prometheus-io/lezer-promql'

export interface Selector {
  metric: string
  /** `value` is a regular expression where `op` has a tilde. */
  matchers: { label: string; op: string; value: string }[]
}

export interface Query {
  selectors: Selector[]
  /** What is grouped and matched by. */
  groupedBy: string[]
}

/**
 * What a PromQL expression names, by the grammar of Prometheus itself.
 * @throws where it is no PromQL
 */
export function readQuery(expr: string): Query {
  const query: Query = { selectors: [], groupedBy: [] }
  const text = ({ from, to }: { from: number; to: number }) => expr.slice(from, to)
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`No PromQL at ${node.from}: ${expr}`)
      if (node.name === 'VectorSelector') {
        const metric = node.node.getChild('Identifier')
        const listed = node.node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []
        const matchers = listed.map((matcher) => {
          const [label, op, value] = ['LabelName', 'MatchOp', 'StringLiteral'].map((kind) => {
            const child = matcher.getChild(kind)
            return child === null ? '' : text(child)
          }) as [string, string, string]
          return { label, op, value: value.slice(1, -1) }
        })
        query.selectors.push({ metric: metric === null ? '' : text(metric), matchers })
      }
      if (node.name === 'GroupingLabels') {
        query.groupedBy.push(...node.node.getChildren('LabelName').map(text))
      }
    },
  })
  return query
}
