/** `=` so many items kept, `-` deleted, `+` inserted, in order. */
export type SequenceDiff = ['=' | '-' | '+', number][]
/**
 * The shortest edit from one sequence to another, after Myers (1986), in linear space. It takes `maxSteps` steps at
 * most: where they are spent, what is left counts as deleted and inserted whole. Steps and not time, so that the
 * same two sequences have the same difference on every machine.
 */
export declare function diffSequences(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  maxSteps: number,
): SequenceDiff
