// Bodies, queries and answers of the HTTP API. The OpenAPI document is made from these.
export * from './common.js'
export * from './events.js'
export * from './sessions.js'
