import type { Interview } from '../interview.js'
import { Author, type TestOutcome } from './author.js'
import { printGoTest } from './print-tests.js'

const CODE = 'limiter.go'
const TESTS = 'limiter_test.go'

const STUB = `package limiter

import "time"

// Limiter lets at most burst calls through at once and refills at rate calls per second.
type Limiter struct {
}

func New(rate float64, burst int, now func() time.Time) *Limiter {
	return &Limiter{}
}

// Allow tells whether one more call may go through now.
func (l *Limiter) Allow() bool {
	return false
}
`

const TEST_FILE = `package limiter

import (
	"testing"
	"time"
)

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func allowed(l *Limiter, calls int) int {
	count := 0
	for i := 0; i < calls; i++ {
		if l.Allow() {
			count++
		}
	}
	return count
}

func TestBurst(t *testing.T) {
	c := &clock{time.Unix(0, 0)}
	if got := allowed(New(1, 3, c.now), 5); got != 3 {
		t.Fatalf("got %d of 5, want 3", got)
	}
}

func TestRefill(t *testing.T) {
	c := &clock{time.Unix(0, 0)}
	l := New(2, 4, c.now)
	allowed(l, 4)
	c.t = c.t.Add(time.Second)
	if got := allowed(l, 4); got != 2 {
		t.Fatalf("got %d of 4, want 2", got)
	}
}

func TestNeverAboveBurst(t *testing.T) {
	c := &clock{time.Unix(0, 0)}
	l := New(10, 2, c.now)
	c.t = c.t.Add(time.Hour)
	if got := allowed(l, 9); got != 2 {
		t.Fatalf("got %d of 9, want 2", got)
	}
}
`

const outcomes = (
  burst: string | null,
  refill: string | null,
  never: string | null,
  more: TestOutcome[] = [],
) => [
  { name: 'TestBurst', durationMs: 0, ...(burst && { error: `limiter_test.go:25: ${burst}` }) },
  { name: 'TestRefill', durationMs: 0, ...(refill && { error: `limiter_test.go:35: ${refill}` }) },
  { name: 'TestNeverAboveBurst', durationMs: 10, ...(never && { error: `limiter_test.go:44: ${never}` }) },
  ...more,
]

/** A token bucket, step by step, with a cap forgotten first and a race found by a test of the candidate's own. */
export function rateLimiter(seed: number): Interview {
  const question = { id: 'sample-rate-limiter', title: 'Rate limiter', difficulty: 'hard', language: 'go' }
  const author = new Author(question, 60 * 60, seed)
  const run = (list: TestOutcome[], command = 'go test -v ./...') =>
    author.test(command, TESTS, list, printGoTest('interview/limiter'))

  author.start({ [CODE]: { language: 'go', content: STUB }, [TESTS]: { language: 'go', content: TEST_FILE } })
  author.think(13)
  author.open(TESTS)
  author.think(110)
  author.open(CODE)
  author.think(77)
  author.shell('go vet ./...', '')
  run(outcomes('got 0 of 5, want 3', 'got 0 of 4, want 2', 'got 0 of 9, want 2'))
  author.think(121)

  author.type(
    CODE,
    'type Limiter struct {\n',
    `	rate   float64
	burst  float64
	tokens float64
	last   time.Time
	now    func() time.Time
`,
  )
  author.replace(
    CODE,
    '&Limiter{}',
    '&Limiter{rate: rate, burst: float64(burst), tokens: float64(burst), last: now(), now: now}',
  )
  author.think(26)
  author.replace(
    CODE,
    '	return false\n',
    `	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
`,
  )
  run(outcomes(null, 'got 0 of 4, want 2', null))
  author.think(88)
  author.type(
    CODE,
    'Allow() bool {\n',
    `	t := l.now()
	l.tokens += t.Sub(l.last).Seconds() * l.rate
	l.last = t
`,
  )
  run(outcomes(null, null, 'got 9 of 9, want 2'))
  author.think(33)
  author.type(CODE, 'l.last = t\n', '	if l.tokens > l.burst {\n		l.tokens = l.burst\n	}\n')
  run(outcomes(null, null, null))
  author.think(99)

  author.ask(
    'Allow will be called from many goroutines. What can go wrong in this code, and how would I make a test fail because of it?',
    'Reading and changing tokens are separate steps, so two goroutines can both see one token left and both take it. To provoke it, start many goroutines that call Allow on one limiter with a clock that stands still, count the calls that went through with an atomic counter, and compare with burst. Run it with the race detector: go test -race reports unsynchronised access even when the count happens to be right.',
    5,
  )
  author.think(66)
  author.open(TESTS)
  author.replace(TESTS, 'import (\n', 'import (\n	"sync"\n	"sync/atomic"\n')
  author.type(
    TESTS,
    'got %d of 9, want 2", got)\n	}\n}\n',
    `
func TestManyAtOnce(t *testing.T) {
	c := &clock{time.Unix(0, 0)}
	l := New(1, 50, c.now)
	var count atomic.Int64
	var done sync.WaitGroup
	for i := 0; i < 200; i++ {
		done.Add(1)
		go func() {
			defer done.Done()
			if l.Allow() {
				count.Add(1)
			}
		}()
	}
	done.Wait()
	if got := count.Load(); got != 50 {
		t.Fatalf("got %d of 200, want 50", got)
	}
}
`,
  )
  const many = { name: 'TestManyAtOnce', durationMs: 10 }
  run(
    outcomes(null, null, null, [
      { ...many, error: 'testing.go:1465: race detected during execution of test' },
    ]),
    'go test -race -v ./...',
  )
  author.think(55)
  author.open(CODE)
  author.replace(CODE, 'import "time"', 'import (\n	"sync"\n	"time"\n)')
  author.type(CODE, 'type Limiter struct {\n', '	mu     sync.Mutex\n')
  author.type(CODE, 'Allow() bool {\n', '	l.mu.Lock()\n	defer l.mu.Unlock()\n')
  run(outcomes(null, null, null, [many]), 'go test -race -v ./...')
  author.lookAway(140)
  author.think(88)

  author.ask(
    'Could the clock going backwards give away tokens or take some?',
    'With the monotonic reading that time.Now carries, Sub never goes backwards within one process. With an injected clock it can: a negative difference would lower the token count. Clamping the difference at zero costs one comparison and settles it.',
    4,
  )
  author.replace(
    CODE,
    '	l.tokens += t.Sub(l.last).Seconds() * l.rate\n	l.last = t\n',
    '	if t.After(l.last) {\n		l.tokens += t.Sub(l.last).Seconds() * l.rate\n		l.last = t\n	}\n',
  )
  run(outcomes(null, null, null, [many]), 'go test -race -v ./...')
  author.think(22)
  return author.submit()
}
