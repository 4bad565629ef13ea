import { isSpanContextValid, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { ExportResultCode, parseKeyPairsIntoRecord } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { Logger } from 'pino'
import { endsWithin } from '../ends-within.js'
import type { TracingSettings } from '../settings.js'
import type { Span, SpanStart, Tracing } from './tracing.js'

const STOP_MS = 1_000
/** A collector that is away is told of so often, not for each batch of spans. */
const TELL_EVERY_MS = 60_000

const KINDS = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER, internal: SpanKind.INTERNAL }

/**
 * OpenTelemetry's SDK, without its globals, context manager and instrumentations: parents are handed on by whoever begins a
 * span, as most of ours come from another process. Samplers, limits, batches and the exporter read their `OTEL_…`
 * themselves. Loaded where it is configured alone.
 */
export function startTracing(settings: TracingSettings, service: string, log: Logger): Tracing {
  const headers = settings.OTEL_EXPORTER_OTLP_HEADERS
  const exporter = new OTLPTraceExporter(
    headers === undefined ? {} : { headers: parseKeyPairsIntoRecord(headers) },
  )
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service, 'process.pid': process.pid }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(tellingFailures(exporter, log))],
  })
  const tracer = provider.getTracer('interviewlm-recorder')
  return {
    begin: (name, start) => begin(tracer, name, start),
    stop: async () => {
      await endsWithin(provider.shutdown(), STOP_MS)
    },
  }
}

type Tracer = ReturnType<BasicTracerProvider['getTracer']>

function begin(tracer: Tracer, name: string, start: SpanStart): Span {
  const parent = readTraceparent(start.parent)
  const span = tracer.startSpan(
    name,
    {
      kind: KINDS[start.kind],
      ...(start.attributes && { attributes: start.attributes }),
      ...(start.startedAtMs !== undefined && { startTime: start.startedAtMs }),
      links: (start.links ?? [])
        .flatMap((link) => readTraceparent(link) ?? [])
        .map((context) => ({ context })),
    },
    parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
  )
  const { traceId, spanId } = span.spanContext()
  return {
    traceparent: span.isRecording() ? `00-${traceId}-${spanId}-01` : null,
    end: (attributes, failure) => {
      if (attributes) span.setAttributes(attributes)
      if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure })
      span.end()
    },
  }
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** Null for what is none: it may come from anybody. */
function readTraceparent(given: unknown) {
  const [, traceId, spanId, flags] = (typeof given === 'string' && TRACEPARENT.exec(given)) || []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return isSpanContextValid(context) ? context : null
}

/** The SDK gives spans up in silence where the collector does not take them. */
function tellingFailures(exporter: SpanExporter, log: Logger): SpanExporter {
  let toldAtMs = Number.NEGATIVE_INFINITY
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const now = performance.now()
        if (result.code !== ExportResultCode.SUCCESS && now - toldAtMs > TELL_EVERY_MS) {
          toldAtMs = now
          const { name, code } = (result.error ?? {}) as { name?: string; code?: unknown }
          log.warn({ error: name, code, spans: spans.length }, 'traces could not be sent, and are given up')
        }
        done(result)
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}
