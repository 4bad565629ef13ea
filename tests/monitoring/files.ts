import { parse } from 'yaml'
import { z } from 'zod'
import { readText } from '../support/documents.js'

const duration = z.string().regex(/^\d+(s|m|h)$/)

const rulesSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^[A-Z][A-Za-z]+$/),
          expr: z.string(),
          for: duration.optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }),
          annotations: z.strictObject({ when: z.string(), meaning: z.string(), action: z.string() }),
        }),
      ),
    }),
  ),
})

/** The rules of docker/monitoring/alerts.yml. Throws where a key is one that Prometheus would not take. */
export const readAlerts = () =>
  rulesSchema.parse(parse(readText('docker/monitoring/alerts.yml'))).groups.flatMap(({ rules }) => rules)

const scrapeSchema = z.strictObject({
  global: z.strictObject({ scrape_interval: duration, evaluation_interval: duration }),
  rule_files: z.array(z.string()),
  scrape_configs: z.array(
    z.strictObject({
      job_name: z.string(),
      dns_sd_configs: z.tuple([
        z.strictObject({
          names: z.tuple([z.string()]),
          type: z.literal('A'),
          port: z.number(),
          refresh_interval: duration,
        }),
      ]),
    }),
  ),
})

export const readScrapeConfig = () => scrapeSchema.parse(parse(readText('docker/monitoring/prometheus.yml')))

const dashboardSchema = z.looseObject({
  uid: z.string(),
  panels: z.array(
    z.looseObject({
      id: z.number(),
      type: z.enum(['row', 'stat', 'timeseries']),
      title: z.string(),
      description: z.string().optional(),
      gridPos: z.strictObject({ h: z.number(), w: z.number(), x: z.number(), y: z.number() }),
      targets: z
        .array(z.strictObject({ refId: z.string(), expr: z.string(), legendFormat: z.string().optional() }))
        .optional(),
    }),
  ),
})

export const readDashboard = () =>
  dashboardSchema.parse(JSON.parse(readText('docker/monitoring/dashboard.json')))
