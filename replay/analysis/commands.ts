import type { RecordedEvent } from '../../protocol/events.js'
import { categoriesOf } from './command-categories.js'
import { type Limits, MAX_UNIQUE_COMMANDS } from './limits.js'
import type { Tally } from './tally.js'

/** The commands of the terminal: one for each terminal_input, of however many lines. */
export class Commands {
  /** Hashes of 64 bits: what they stand for may be long and is not needed. */
  private readonly seen = new Set<string>()

  constructor(
    private readonly tally: Tally,
    private readonly limits: Limits,
  ) {}

  add(event: RecordedEvent, command: string): void {
    this.tally.add('terminalActivity.totalCommands', event)
    for (const category of categoriesOf(command))
      this.tally.add(`terminalActivity.commandsByCategory.${category}`, event)
    const hash = hashOf(command.trim().replace(/\s+/g, ' '))
    if (this.seen.has(hash)) return
    if (this.seen.size >= MAX_UNIQUE_COMMANDS) {
      this.limits.reach('commands')
      return
    }
    this.seen.add(hash)
    this.tally.add('terminalActivity.uniqueCommands', event)
  }

  save(): string[] {
    return [...this.seen]
  }

  restore(saved: readonly string[]): void {
    for (const hash of saved) this.seen.add(hash)
  }
}

/** Two FNV-1a of 32 bits with different starts, over UTF-16 units. */
function hashOf(text: string): string {
  let [a, b] = [0x811c9dc5, 0x050c5d1f]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ unit, 0x01000193) ^ (b >>> 15)
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36).padStart(7, '0')
}
