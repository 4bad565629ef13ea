import xterm from '@xterm/headless'

/** A terminal of the same kind as the console's, without a face. */
export class Screen {
  terminal = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true, scrollback: 5000 })

  reset(/** @type {number} */ columns, /** @type {number} */ rows) {
    this.terminal.reset()
    this.terminal.resize(columns, rows)
  }

  resize(/** @type {number} */ columns, /** @type {number} */ rows) {
    this.terminal.resize(columns, rows)
  }

  write(/** @type {string} */ data) {
    this.terminal.write(data)
  }

  /** @returns {Promise<void>} resolves when all is parsed that was written */
  drawn() {
    return new Promise((resolve) => this.terminal.write('', resolve))
  }
}
