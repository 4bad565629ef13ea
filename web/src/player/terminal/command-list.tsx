import { memo } from 'react'
import type { TerminalCommand } from '../../../../replay/index.js'
import { clock, counted } from '../../ui/format.js'
import { GrowingList } from '../../ui/growing-list.js'
import { MaskedText } from '../../ui/masked-text.js'
import { visibleText } from '../../ui/visible-text.js'
import { ansiRuns } from './ansi.js'

/** Of a longer output the end is shown; all of it stays in the recording. */
const MAX_SHOWN_CHARS = 20_000
const MAX_COMMAND_CHARS = 2000

export function CommandList({
  commands,
  startMs,
}: {
  commands: readonly TerminalCommand[]
  startMs: number
}) {
  if (commands.length === 0) return <p className="pane-empty">No commands so far.</p>
  return (
    <GrowingList items={commands} page={100} className="command-list" label="Commands">
      {(command) => <Command key={command.seq} command={command} startMs={startMs} />}
    </GrowingList>
  )
}

const Command = memo(function Command({ command, startMs }: { command: TerminalCommand; startMs: number }) {
  const { exitCode } = command
  const output = command.output !== '' ? command.output : command.stdout + command.stderr
  const cut = Math.max(0, output.length - MAX_SHOWN_CHARS)
  return (
    <article className="command-entry">
      <header>
        <time className="quiet tabular">{clock(command.atMs - startMs)}</time>
        <code className="theirs">
          {command.command === null ? (
            '(output without a command)'
          ) : (
            <MaskedText text={visibleText(command.command, MAX_COMMAND_CHARS)} />
          )}
        </code>
        {exitCode !== null && (
          <span className={`chip tabular ${exitCode === 0 ? '' : 'chip-failure'}`}>exit {exitCode}</span>
        )}
        {command.outputAtMs === null && <span className="chip">no output</span>}
      </header>
      {output !== '' && (
        <pre className="theirs">
          {cut > 0 && <span className="quiet">{`… ${counted(cut, 'character')} before this\n`}</span>}
          {ansiRuns(output.slice(cut).trimEnd()).map((run, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: runs have no identity but their place
            <span key={i} data-ansi={run.colour ?? undefined} data-bold={run.bold || undefined}>
              <MaskedText text={run.text} />
            </span>
          ))}
        </pre>
      )}
    </article>
  )
})
