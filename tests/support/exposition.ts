/** The labels of a metric, each with the values it was seen with. */
export type Labels = Map<string, Set<string>>

/** Each metric of Prometheus' text format that has a sample, by the name that queries use, with its labels. */
export function readExposition(text: string): Map<string, Labels> {
  const metrics = new Map<string, Labels>()
  for (const [, name = '', list = ''] of text.matchAll(/^([a-z_]\w*)(?:\{([^}]*)\})? \S+$/gm)) {
    const labels: Labels = metrics.get(name) ?? new Map()
    metrics.set(name, labels)
    for (const [, label = '', value = ''] of list.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      labels.set(label, (labels.get(label) ?? new Set()).add(value))
    }
  }
  return metrics
}
