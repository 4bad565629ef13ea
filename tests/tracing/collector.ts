import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

const attributes = z.array(
  z.object({
    key: z.string(),
    value: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.object({})])),
  }),
)
/** OTLP in JSON, as far as it is looked at here. */
const exportRequest = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              name: z.string(),
              traceId: z.string().regex(/^[0-9a-f]{32}$/),
              spanId: z.string().regex(/^[0-9a-f]{16}$/),
              parentSpanId: z.string().optional(),
              attributes: attributes.default([]),
              links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
              status: z.object({ code: z.number().optional(), message: z.string().optional() }).default({}),
            }),
          ),
        }),
      ),
    }),
  ),
})

export interface CollectedSpan {
  /** `recorder-server`, … */
  service: string
  name: string
  traceId: string
  spanId: string
  /** Empty where it begins its trace. */
  parentSpanId: string
  attributes: Record<string, unknown>
  links: { traceId: string; spanId: string }[]
  failure: string | undefined
}

/** What takes traces from other processes: OTLP over HTTP, on loopback. */
export interface Collector extends AsyncDisposable {
  readonly url: string
  /** All that came so far. */
  readonly spans: CollectedSpan[]
  /** Every request, byte by byte, with its headers. */
  readonly requests: { headers: http.IncomingHttpHeaders; body: string }[]
}

/** @param isSilent it takes connections and requests, and never answers */
export async function startCollector({ isSilent = false } = {}): Promise<Collector> {
  const spans: CollectedSpan[] = []
  const requests: Collector['requests'] = []
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    requests.push({ headers: request.headers, body })
    if (isSilent) return
    if (request.method !== 'POST' || request.url !== '/v1/traces') return response.writeHead(404).end()
    for (const { resource, scopeSpans } of exportRequest.parse(JSON.parse(body)).resourceSpans) {
      const service = String(asRecord(resource.attributes)['service.name'])
      for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
        const { name, traceId, spanId, parentSpanId = '', links, status } = span
        const attributes = asRecord(span.attributes)
        spans.push({
          service,
          name,
          traceId,
          spanId,
          parentSpanId,
          attributes,
          links,
          failure: status.message,
        })
      }
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const asRecord = (list: z.infer<typeof attributes>): Record<string, unknown> =>
  Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]))
