import { Deployment } from 'kubernetes-models/apps/v1'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2'
import { Job } from 'kubernetes-models/batch/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { Namespace, Service } from 'kubernetes-models/v1'

// Validators that are made from the OpenAPI description of Kubernetes itself.

const MODELS = { Deployment, HorizontalPodAutoscaler, Job, PodDisruptionBudget, Namespace, Service }
const TOP = ['apiVersion', 'kind', 'metadata', 'spec']

export interface Manifest {
  kind: keyof typeof MODELS
  metadata: { name: string; namespace?: string }
  spec?: unknown
}

/**
 * What Kubernetes would refuse of a manifest, or take no notice of: a key that no schema knows.
 * @returns one line each; none where all is well
 */
export function problemsOf(manifest: Manifest): string[] {
  const unread = new Set<string>()
  const Model = MODELS[manifest.kind] as new (given: object) => { validate(): void }
  if (Model === undefined) return [`kind ${manifest.kind} has no schema here`]
  // A model reads all that it is made of; what is put into it later is read by its validator alone.
  const model = Object.assign(new Model({}), readWatched(manifest, '', unread))
  const problems = Object.keys(manifest).filter((key) => !TOP.includes(key))
  try {
    model.validate()
  } catch (error) {
    problems.push((error as Error).message)
  }
  return [...problems, ...unread]
}

/** The same value; what a validator has not looked at once it is done stays in `unread`, by its path: it knows no such key. */
function readWatched(value: unknown, path: string, unread: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value
  const watched = Object.entries(value).map(([key, inner]) => [
    key,
    readWatched(inner, `${path}/${key}`, unread),
  ])
  for (const [key] of watched) unread.add(`${path}/${key}`)
  const copy = Array.isArray(value) ? watched.map(([, inner]) => inner) : Object.fromEntries(watched)
  return new Proxy(copy, {
    get: (target, key) => {
      unread.delete(`${path}/${String(key)}`)
      return Reflect.get(target, key)
    },
  })
}
