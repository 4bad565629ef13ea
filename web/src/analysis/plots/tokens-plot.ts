import type { SessionSeries } from '../../../../protocol/http/index.js'
import { count, counted, took } from '../../ui/format.js'
import { type PlotModel, type PlotTable, stacked, type Value } from './plot-model.js'

const ROLES = { user: 'Prompt', assistant: 'Answer', system: 'System' } as const
const said = (value: Value): string => (value === null ? 'not said' : count(value))

const quietTurns = (silent: number): string =>
  silent === 1 ? '1 turn does not say its tokens.' : `${count(silent)} turns do not say their tokens.`

/** The tokens of each turn of the chat; null without a turn. */
export function tokensPlot({ aiTurns }: SessionSeries): PlotModel | null {
  if (aiTurns.length === 0) return null
  const silent = aiTurns.filter((turn) => turn.inputTokens === null && turn.outputTokens === null)
  if (silent.length === aiTurns.length) return turnsPlot(aiTurns)
  const sum = (of: 'inputTokens' | 'outputTokens') =>
    aiTurns.reduce((total, turn) => total + (turn[of] ?? 0), 0)
  const silence = silent.length === 0 ? '' : ` ${quietTurns(silent.length)}`
  const tokens = `${counted(sum('inputTokens'), 'token')} read and ${count(sum('outputTokens'))} written.`
  const [written = [], read = []] = stacked([
    aiTurns.map((turn) => turn.outputTokens ?? 0),
    aiTurns.map((turn) => turn.inputTokens ?? 0),
  ])
  const known = (painted: readonly number[]): Value[] =>
    painted.map((value, i) => (silent.includes(aiTurns[i] as (typeof aiTurns)[number]) ? null : value))
  return {
    title: 'Assistant',
    unit: 'tokens per turn',
    summary: `${counted(aiTurns.length, 'turn')} of the chat. ${tokens}${silence}`,
    atMs: aiTurns.map(({ atMs }) => atMs),
    series: [
      {
        label: 'Written',
        colour: 'plot-violet',
        as: 'bars',
        values: aiTurns.map((turn) => turn.outputTokens),
        painted: known(written),
      },
      {
        label: 'Read',
        colour: 'plot-blue',
        as: 'bars',
        values: aiTurns.map((turn) => turn.inputTokens),
        painted: known(read),
      },
    ],
    goes: 'to-value',
    table: tableOf(aiTurns),
  }
}

/** How many turns there were by then, where none of them says its tokens. */
function turnsPlot(aiTurns: SessionSeries['aiTurns']): PlotModel {
  const soFar = (role: string) => {
    let turns = 0
    return aiTurns.map((turn) => (turn.role === role ? ++turns : turns))
  }
  return {
    title: 'Assistant',
    unit: 'turns so far; their tokens were not recorded',
    summary: `${counted(aiTurns.length, 'turn')} of the chat.`,
    atMs: aiTurns.map(({ atMs }) => atMs),
    series: [
      { label: 'Answers', colour: 'plot-violet', as: 'step', values: soFar('assistant') },
      { label: 'Prompts', colour: 'plot-blue', as: 'step', values: soFar('user') },
    ],
    goes: 'to-value',
    table: tableOf(aiTurns),
  }
}

const tableOf = (aiTurns: SessionSeries['aiTurns']): PlotTable => ({
  columns: ['Turn', 'Tokens read', 'Tokens written', 'Latency'],
  rows: aiTurns.map(({ atMs, role, inputTokens, outputTokens, latency }) => ({
    atMs,
    cells: [
      ROLES[role],
      said(inputTokens),
      said(outputTokens),
      latency === null ? 'not said' : took(latency),
    ],
  })),
})
