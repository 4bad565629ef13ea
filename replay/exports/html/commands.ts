import type { RecordedEvent } from '../../../protocol/events.js'
import { wholeEvents } from '../whole-events.js'
import { Budget, NDJSON_HAS_ALL, shortened } from './budget.js'
import { type Html, html, printedText } from './escape.js'
import type { ReportInput } from './report.js'
import { clock } from './words.js'

const MAX_COMMAND_CHARS = 4000
const MAX_OUTPUT_CHARS = 6000
/** Of an output that is still being gathered. */
const MAX_HELD_CHARS = 64 * 1024

interface Command {
  atMs: number
  /** Null: output came without a command before it. */
  text: string | null
  place: string
  output: string
  omittedChars: number
  exitCode: number | null
}

/** Commands and what they printed. A screen that was recorded byte by byte is in the asciicast. */
export async function* commandsSection({ source, session }: ReportInput): AsyncGenerator<Html> {
  const budget = new Budget()
  let commands = 0
  for await (const command of commandsOf(wholeEvents(source, ['terminal_input', 'terminal_output']))) {
    commands++
    const kept = budget.take(commandHtml(command, session.startMs))
    if (kept !== null) yield kept
  }
  const hasScreen = await anyOf(source.events(['terminal_stream']))
  if (commands === 0) {
    yield html`<p class="empty">${hasScreen ? 'The terminal was recorded as a screen, without single commands.' : 'No commands were recorded.'}</p>
`
  }
  if (hasScreen)
    yield html`<p class="quiet">The terminal's screen was recorded as well; the asciicast export plays it.</p>
`
  yield budget.rest('command', NDJSON_HAS_ALL)
}

async function anyOf(pages: AsyncIterable<readonly RecordedEvent[]>): Promise<boolean> {
  for await (const page of pages) if (page.length > 0) return true
  return false
}

/** As replay has it: output belongs to the last command of its source until that has an exit code. */
async function* commandsOf(events: AsyncIterable<RecordedEvent>): AsyncGenerator<Command> {
  const open = new Map<number, Command>()
  for await (const event of events) {
    const data = (event.data ?? {}) as Record<string, unknown>
    const text = (value: unknown) => (typeof value === 'string' ? value : '')
    const known = open.get(event.source)
    if (event.type === 'terminal_input') {
      if (known !== undefined) yield known
      open.delete(event.source)
      open.set(event.source, emptyCommand(event, text(data.command), text(data.workingDirectory)))
      continue
    }
    const command = known ?? emptyCommand(event, null, '')
    const printed = text(data.output) || text(data.stdout) + text(data.stderr)
    const room = MAX_HELD_CHARS - command.output.length
    command.output += printed.slice(0, room)
    command.omittedChars += Math.max(0, printed.length - room)
    command.exitCode = typeof data.exitCode === 'number' ? data.exitCode : null
    if (command.exitCode === null) open.set(event.source, command)
    else {
      open.delete(event.source)
      yield command
    }
  }
  yield* [...open.values()].sort((a, b) => a.atMs - b.atMs)
}

const emptyCommand = (event: RecordedEvent, text: string | null, place: string): Command => ({
  atMs: event.timestamp,
  text,
  place,
  output: '',
  omittedChars: 0,
  exitCode: null,
})

function commandHtml({ atMs, text, place, output, omittedChars, exitCode }: Command, startMs: number): Html {
  const printed = printedText(output).trimEnd()
  const failed = exitCode !== null && exitCode !== 0
  const line =
    text === null
      ? html`<i>output without a command</i>`
      : html`<code class="theirs">${shortened(text, MAX_COMMAND_CHARS, NDJSON_HAS_ALL)}</code>`
  return html`<article class="command"><h3><time>${clock(atMs - startMs)}</time> ${line}${failed ? html` <span class="chip failed">exit ${exitCode}</span>` : null}${place === '' ? null : html` <small class="theirs">${place.slice(0, 200)}</small>`}</h3>
${printed === '' ? null : html`<pre class="printed">${shortened(printed, MAX_OUTPUT_CHARS, NDJSON_HAS_ALL)}</pre>`}${omittedChars > 0 ? html`<p class="cut">${omittedChars} more characters of output not shown. ${NDJSON_HAS_ALL}</p>` : null}</article>
`
}
