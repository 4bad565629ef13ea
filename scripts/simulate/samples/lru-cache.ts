import type { Interview } from '../interview.js'
import { Author, type TestOutcome } from './author.js'
import { printPytest } from './print-tests.js'

const CODE = 'cache.py'
const TESTS = 'test_cache.py'

const STUB = `class Cache:
    """Keeps the entries that were used last, at most \`capacity\` of them."""

    def __init__(self, capacity):
        self.capacity = capacity

    def get(self, key):
        """The value of key, or None; counts as a use."""
        raise NotImplementedError

    def put(self, key, value):
        """Stores an entry; drops the one that was not used for the longest time."""
        raise NotImplementedError
`

const TEST_FILE = `from cache import Cache


def test_returns_what_was_put():
    cache = Cache(2)
    cache.put("a", 1)
    assert cache.get("a") == 1


def test_unknown_key_is_none():
    assert Cache(2).get("a") is None


def test_drops_the_oldest():
    cache = Cache(2)
    for key in "abc":
        cache.put(key, key.upper())
    assert cache.get("a") is None
    assert cache.get("c") == "C"


def test_get_counts_as_a_use():
    cache = Cache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.get("a")
    cache.put("c", 3)
    assert cache.get("a") == 1
    assert cache.get("b") is None
`

const NAMES = [
  'test_returns_what_was_put',
  'test_unknown_key_is_none',
  'test_drops_the_oldest',
  'test_get_counts_as_a_use',
]

const outcomes = (errors: Record<number, string>, more: TestOutcome[] = []): TestOutcome[] => [
  ...NAMES.map((name, i) => ({ name, durationMs: 2 + i, ...(errors[i] && { error: errors[i] }) })),
  ...more,
]

/** A dict and a list, slow but right in the end; then an ordered dict, after a question to the assistant. */
export function lruCache(seed: number): Interview {
  const question = {
    id: 'sample-lru-cache',
    title: 'Least recently used cache',
    difficulty: 'medium',
    language: 'python',
  }
  const author = new Author(question, 60 * 60, seed)
  const run = (list: TestOutcome[]) => author.test('pytest -q', TESTS, list, printPytest(TESTS))

  author.start({
    [CODE]: { language: 'python', content: STUB },
    [TESTS]: { language: 'python', content: TEST_FILE },
  })
  author.think(11)
  author.open(CODE)
  author.think(66)
  author.open(TESTS)
  author.think(88)
  author.shell('python --version', 'Python 3.12.4\n')
  run(
    outcomes({
      0: 'NotImplementedError',
      1: 'NotImplementedError',
      2: 'NotImplementedError',
      3: 'NotImplementedError',
    }),
  )
  author.think(77)

  author.open(CODE)
  author.type(CODE, 'self.capacity = capacity', '\n        self.values = {}\n        self.order = []')
  author.replace(
    CODE,
    'counts as a use."""\n        raise NotImplementedError',
    'counts as a use."""\n        return self.values[key]',
  )
  author.replace(
    CODE,
    '        raise NotImplementedError',
    `        self.values[key] = value
        self.order.append(key)
        if len(self.order) > self.capacity:
            del self.values[self.order.pop(0)]`,
  )
  run(outcomes({ 1: "KeyError: 'a'", 2: "KeyError: 'a'", 3: "KeyError: 'a'" }))
  author.think(39)
  author.replace(CODE, 'self.values[key]\n', 'self.values.get(key)\n')
  run(outcomes({ 3: 'assert None == 1' }))
  author.think(88)
  author.type(
    CODE,
    'counts as a use."""\n',
    `        if key in self.values:
            self.order.remove(key)
            self.order.append(key)
`,
  )
  run(outcomes({}))
  author.think(55)

  author.type(
    TESTS,
    'assert cache.get("b") is None\n',
    `

def test_putting_again_is_one_entry():
    cache = Cache(2)
    cache.put("a", 1)
    cache.put("a", 2)
    cache.put("b", 3)
    assert cache.get("a") == 2
`,
  )
  const again = { name: 'test_putting_again_is_one_entry', durationMs: 3 }
  run(outcomes({}, [{ ...again, error: 'assert None == 2' }]))
  author.think(110)
  author.ask(
    'list.remove scans the whole list on every get. Which structure in the standard library keeps an order and lets me move one key to the end quickly?',
    'collections.OrderedDict does both: it is a dict whose entries have an order, move_to_end(key) puts one entry last, and popitem(last=False) takes the first one out. Each of these takes constant time, because inside the entries form a doubly linked list. A plain dict also remembers insertion order, but moving a key there means deleting it and putting it in again.',
    5,
  )
  author.lookAway(50)
  author.open(CODE)
  author.paste(CODE, '', 'from collections import OrderedDict\n\n\n', 'assistant')
  author.replace(CODE, 'self.values = {}\n        self.order = []', 'self.entries = OrderedDict()')
  author.replace(
    CODE,
    `        if key in self.values:
            self.order.remove(key)
            self.order.append(key)
        return self.values.get(key)`,
    `        if key not in self.entries:
            return None
        self.entries.move_to_end(key)
        return self.entries[key]`,
  )
  author.replace(
    CODE,
    `        self.values[key] = value
        self.order.append(key)
        if len(self.order) > self.capacity:
            del self.values[self.order.pop(0)]`,
    `        self.entries[key] = value
        if len(self.entries) > self.capacity:
            self.entries.popitem(last=False)`,
  )
  run(outcomes({}, [again]))
  author.think(99)
  author.shell(
    'python -c "from cache import Cache; c = Cache(2); c.put(1, 1); c.put(2, 2); c.put(1, 9); c.put(3, 3); print(c.get(1))"',
    'None\n',
    { seconds: 0.4 },
  )
  author.think(66)
  author.type(CODE, 'self.entries[key] = value\n', '        self.entries.move_to_end(key)\n')
  author.think(8)
  author.type(
    TESTS,
    'assert cache.get("a") == 2\n',
    `

def test_put_counts_as_a_use():
    cache = Cache(2)
    cache.put(1, 1)
    cache.put(2, 2)
    cache.put(1, 9)
    cache.put(3, 3)
    assert cache.get(1) == 9
`,
  )
  run(outcomes({}, [again, { name: 'test_put_counts_as_a_use', durationMs: 2 }]))
  author.think(77)
  author.ask(
    'Is this safe when two threads call put at the same time?',
    'Not quite. Each single operation is atomic under the interpreter lock, but put does three of them, and another thread may run in between: two threads could both see one entry too many and both drop one. A threading.Lock held around the bodies of get and put is enough.',
    4,
  )
  author.think(132)
  return author.submit()
}
