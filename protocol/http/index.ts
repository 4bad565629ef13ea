// Bodies, queries and answers of the HTTP API. The OpenAPI document is made from these.

export * from './access.js'
export * from './analysis.js'
export * from './annotations.js'
export * from './chat.js'
export * from './common.js'
export * from './erasure.js'
export * from './events.js'
export * from './exports.js'
export * from './redactions.js'
export * from './replay.js'
export * from './sessions.js'
export * from './typed.js'
