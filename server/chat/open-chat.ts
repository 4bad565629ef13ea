import type { Stores } from '../../db/read-events.js'
import type { IngestContext } from '../ingest/ingest.js'
import type { ServerSettings } from '../settings.js'
import { Chat } from './chat.js'

/** The chat as the settings have it; the SDK is loaded only where it is used. */
export async function openChat(
  settings: ServerSettings,
  ingest: IngestContext,
  stores: Stores,
): Promise<Chat> {
  return new Chat({
    client: await openClient(settings),
    settings: {
      model: settings.ANTHROPIC_MODEL,
      maxTokens: settings.CHAT_MAX_TOKENS,
      system: settings.CHAT_SYSTEM_PROMPT,
      maxTurns: settings.CHAT_MAX_TURNS,
      maxSessionTokens: settings.CHAT_MAX_SESSION_TOKENS,
    },
    ingest,
    stores,
  })
}

async function openClient({ ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL }: ServerSettings) {
  if (ANTHROPIC_API_KEY === undefined) return null
  const { default: Anthropic } = await import('@anthropic-ai/sdk')
  return new Anthropic({
    apiKey: ANTHROPIC_API_KEY,
    authToken: null,
    baseURL: ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com',
    // It would log what is asked and answered.
    logLevel: 'off',
  })
}
