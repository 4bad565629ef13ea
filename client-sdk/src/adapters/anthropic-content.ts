// What is said in a message of the Messages API, as text for people, and its blocks as they were.

/** A text, or a list of content blocks. */
export type Content = unknown

type Block = Record<string, unknown>

/** Texts as they are; of everything else one line in brackets, tools with what goes in and comes out. */
export function textOf(content: Content): string {
  if (typeof content === 'string') return content
  return blocksOf(content)
    .map(textOfBlock)
    .filter((text) => text !== '')
    .join('\n')
}

function textOfBlock(block: Block): string {
  if (block.type === 'text') return String(block.text ?? '')
  // What the model thought was not said; it stays among the blocks.
  if (block.type === 'thinking' || block.type === 'redacted_thinking') return ''
  if (typeof block.name === 'string') return `[${block.type}: ${block.name} ${jsonOf(block.input ?? {})}]`
  if (typeof block.tool_use_id === 'string') {
    const result = block.content === undefined ? '' : textOf(block.content)
    return `[${block.type}${block.is_error === true ? ', failed' : ''}: ${result}]`
  }
  return `[${block.type}]`
}

/** What tools gave back and nothing else: the program says it, though in the Messages API it is the user's turn. */
export function isFromTools(content: Content): boolean {
  const blocks = typeof content === 'string' ? [] : blocksOf(content)
  return blocks.length > 0 && blocks.every((block) => typeof block.tool_use_id === 'string')
}

const KEPT_TEXT_CHARS = 2000
const MAX_BLOCKS = 100
/** Blocks stand in each piece of a long turn, so they must be far smaller than an event may be. */
const MAX_BLOCKS_CHARS = 32 * 1024

/** The blocks, where they are more than a text: long texts in them are cut, as `content` has them whole. */
export function keptBlocks(content: Content): unknown[] | undefined {
  if (typeof content === 'string') return undefined
  const blocks = blocksOf(content)
  if (blocks.every((block) => block.type === 'text')) return undefined
  const kept = JSON.parse(jsonOf(blocks.slice(0, MAX_BLOCKS), cutTexts)) as unknown[]
  if (jsonOf(kept).length <= MAX_BLOCKS_CHARS) return kept
  return blocks
    .slice(0, MAX_BLOCKS)
    .map(({ type, id, name, tool_use_id }) => ({ type, id, name, tool_use_id }))
}

const cutTexts = (_key: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > KEPT_TEXT_CHARS
    ? `${value.slice(0, KEPT_TEXT_CHARS)}… (${value.length} characters)`
    : value

/** Equal for equal messages, however they are written: one text or one block of it, cached or not. */
export function identityOf(role: string, content: Content): string {
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  return jsonOf([role, blocks], (key, value) => (key === 'cache_control' ? undefined : value))
}

const blocksOf = (content: Content): Block[] =>
  Array.isArray(content)
    ? content.filter((block): block is Block => typeof block === 'object' && block !== null)
    : []

function jsonOf(value: unknown, replacer?: (key: string, value: unknown) => unknown): string {
  return JSON.stringify(value, replacer as never) ?? 'null'
}
