import { type BoundedState, latestFiles, type ReplayState, terminalText } from '../../replay/index.js'

/** A state as GET /state answers it: files as one text per path, the terminal's output as one text. */
export function stateView(state: ReplayState) {
  return {
    atMs: state.atMs,
    seq: state.seq,
    files: Object.fromEntries(latestFiles(state).map((file) => [file.path, file.text])),
    terminal: {
      columns: state.terminal.columns,
      rows: state.terminal.rows,
      output: terminalText(state.terminal),
      commands: state.terminal.commands,
    },
    chat: state.chat,
    tests: state.testRuns,
    notes: state.notes,
    signals: state.signals,
    losses: state.losses,
  }
}

/** As {@link stateView}, with how many entries of its lists are not there, where some are not. */
export function boundedStateView({ state, omitted: { testRuns: tests, ...others } }: BoundedState) {
  const omitted = { ...others, ...(tests !== undefined && { tests }) }
  return { ...stateView(state), ...(Object.keys(omitted).length > 0 && { omitted }) }
}
