import type { Logger } from 'pino'
import type { TracingSettings } from '../settings.js'

/** What may stand in a span: ids, numbers and codes. INVARIANT: never a token, nor anything of an event. */
export type SpanAttributes = Record<string, string | number>

/** A step of a trace that is under way. */
export interface Span {
  /**
   * Where what follows from it, in this process or another, belongs (W3C Trace Context). Null where the trace is not sampled:
   * then nothing of it is kept, and nobody needs to carry it on.
   */
  readonly traceparent: string | null
  /** @param failure a code, where it did not do what it was for */
  end(attributes?: SpanAttributes, failure?: string): void
}

export interface SpanStart {
  /** server: somebody waits for it. consumer: somebody asked for it and did not wait. */
  kind: 'server' | 'consumer' | 'internal'
  /** The traceparent that it follows from; of whatever is none, a new trace begins. */
  parent?: unknown
  attributes?: SpanAttributes
  /** Traceparents of what it also has to do with. */
  links?: readonly string[]
  /** Epoch ms; default: now. */
  startedAtMs?: number
}

/** Where the spans of a process go. Nothing of it throws or waits, whatever becomes of the collector. */
export interface Tracing {
  begin(name: string, start: SpanStart): Span
  /** Sends what is left, as far as that goes within a second. */
  stop(): Promise<void>
}

/**
 * Null where no collector is configured: then nothing of OpenTelemetry is loaded, and whoever could begin a span compares
 * with null [I8].
 * @param service what the process is called where `OTEL_SERVICE_NAME` says nothing else
 */
export async function openTracing(
  settings: TracingSettings,
  service: string,
  log: Logger,
): Promise<Tracing | null> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own } = settings
  if (settings.OTEL_SDK_DISABLED === 'true' || (all ?? own) === undefined) return null
  const { startTracing } = await import('./open-telemetry.js')
  return startTracing(settings, service, log)
}
