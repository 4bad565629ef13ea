import { relative } from 'node:path'

/**
 * What the commands print: a list of steps, notes while running, and one summary. On a terminal the running
 * step turns a spinner; elsewhere every line is printed once and stays.
 */

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** @typedef {ReturnType<typeof createOutput>} Output */

/**
 * @param {{ stream?: NodeJS.WriteStream, env?: NodeJS.ProcessEnv, nowMs?: () => number }} [options]
 */
export function createOutput({ stream = process.stdout, env = process.env, nowMs = Date.now } = {}) {
  const animated = Boolean(stream.isTTY) && env.TERM !== 'dumb' && !env.CI
  const coloured = Boolean(stream.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb'
  const paint = (/** @type {number} */ code) => (/** @type {string} */ text) =>
    coloured && text ? `\x1b[${code}m${text}\x1b[0m` : text
  const style = {
    bold: paint(1),
    dim: paint(2),
    red: paint(31),
    green: paint(32),
    yellow: paint(33),
    cyan: paint(36),
  }

  /** @type {{ label: string, say: string, startedAtMs: number } | null} */
  let running = null
  let frame = 0
  const write = (/** @type {string} */ text) => stream.write(text)
  const clear = () => animated && write('\r\x1b[K')
  const draw = () => {
    if (!animated || !running) return
    const text = `  ${FRAMES[frame++ % FRAMES.length]} ${pad(running.label)} ${running.say}`
    write(`\r\x1b[K${text.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`)
  }
  const line = (text = '') => {
    clear()
    write(`${text}\n`)
    draw()
  }

  return {
    style,
    line,
    /** @param {string} title */
    heading: (title) => line(`\n${style.bold(title)}\n`),

    /**
     * One line of the list. The work may return what there is to say about its result.
     * @template T
     * @param {string} label
     * @param {(say: (text: string) => void) => Promise<{ detail?: string, value: T }>} work `say` tells what a
     *   long step is doing
     * @returns {Promise<T>}
     */
    async step(label, work) {
      const startedAtMs = nowMs()
      running = { label, say: '', startedAtMs }
      const timer = animated ? setInterval(draw, 80) : null
      draw()
      const say = (/** @type {string} */ text) => {
        if (!running) return
        running.say = text
        if (animated) draw()
        else line(`  … ${pad(label)} ${text}`)
      }
      const finish = (/** @type {string} */ mark, /** @type {string} */ detail) => {
        if (timer) clearInterval(timer)
        running = null
        line(`  ${mark} ${pad(label)} ${pad(detail, 44)} ${style.dim(formatMs(nowMs() - startedAtMs))}`)
      }
      try {
        const { detail = '', value } = await work(say)
        finish(style.green('✓'), detail)
        return value
      } catch (error) {
        finish(style.red('✗'), '')
        throw error
      }
    },

    /** @param {string} text something that happens while the system runs */
    note: (text) => line(`  ${style.dim(new Date(nowMs()).toTimeString().slice(0, 8))}  ${text}`),

    /**
     * The summary: a titled block of labelled lines. Values are never cut or wrapped, since links are copied.
     * @param {string} title
     * @param {[label: string, value: string][]} rows
     */
    summary(title, rows) {
      const rule = '─'.repeat(Math.min(78, Math.max(40, (stream.columns ?? 80) - 2)))
      const width = Math.max(...rows.map(([label]) => label.length))
      line(`\n${style.dim(`╭${rule}`)}`)
      line(`${style.dim('│')}  ${style.bold(title)}`)
      line(style.dim('│'))
      for (const [label, value] of rows)
        line(`${style.dim('│')}  ${style.dim(label.padEnd(width))}  ${value}`)
      line(`${style.dim(`╰${rule}`)}\n`)
    },

    /**
     * @param {string} message
     * @param {string} [detail]
     */
    error(message, detail = '') {
      line(`\n${style.red('✗')} ${message}`)
      if (detail.trim())
        line(
          detail
            .trim()
            .split('\n')
            .map((text) => `    ${text}`)
            .join('\n'),
        )
    },
  }
}

/** @param {number} ms */
export function formatMs(ms) {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`
}

/**
 * A path as one would type it here.
 * @param {string} path absolute
 */
export function shown(path) {
  const short = relative(process.cwd(), path)
  if (short === '') return '.'
  return short.startsWith('..') ? path : short
}

const pad = (/** @type {string} */ text, width = 14) => text.padEnd(width)
