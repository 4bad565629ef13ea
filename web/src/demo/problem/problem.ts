import { DEMO_QUESTION } from '../../../../protocol/demo.js'
import solution from './files/free-slots.js.txt?raw'
import tests from './files/free-slots.test.js.txt?raw'
import task from './files/README.md?raw'

export interface TextFile {
  path: string
  text: string
}

export const QUESTION = DEMO_QUESTION
export const TASK = task

/** What the interview begins with; the first one is in front. */
export const START_FILES: readonly TextFile[] = [
  { path: 'free-slots.js', text: solution },
  { path: 'free-slots.test.js', text: tests },
  { path: 'README.md', text: task },
]
