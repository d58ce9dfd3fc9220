import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply, decide, startQuestion, type AnsweredGroup } from '../../../workflows/question/machine.js';
import type { QuestionPolicy } from '../../../workflows/question/policy.js';
import { unwanted } from '../../../workflows/question/quotas.js';
import type { Answer, Ask, AskGroup, QuestionState } from '../../../workflows/question/state.js';

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const policies: fc.Arbitrary<QuestionPolicy> = fc
  .record({
    teachers: fc.array(
      fc.record(
        {
          pool: fc.constantFrom('a', 'b'),
          chains: fc.integer({ min: 1, max: 3 }),
          solver: fc.constantFrom('a', 'x'),
        },
        { requiredKeys: ['pool', 'chains'] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    sourceSolver: optional(fc.constantFrom('x', 'y')),
    keep: fc.constantFrom('both' as const, 'solution' as const),
    minVerified: fc.integer({ min: 1, max: 3 }),
    extraChains: fc.integer({ min: 0, max: 4 }),
    truncatedRetries: fc.integer({ min: 0, max: 2 }),
    judge: optional(fc.constantFrom('j', 'a')),
    judgeWrong: fc.boolean(),
    scorer: optional(fc.constantFrom('s', 'j')),
    scoreEarly: fc.boolean(),
    quota: optional(
      fc.record({
        bins: fc.constantFrom(
          [{ rv: [0, 4] as const, cd: [0, 9] as const, open: true }],
          [
            { rv: [0, 2] as const, cd: [0, 9] as const, open: true },
            { rv: [3, 9] as const, cd: [5, 9] as const, open: false },
          ],
        ),
        reach: fc.integer({ min: 0, max: 4 }),
      }),
    ),
    align: optional(
      fc.record({
        critic: fc.constant('c'),
        rewriter: fc.constant('r'),
        shortens: fc.boolean(),
        maxRounds: fc.integer({ min: 0, max: 3 }),
        minKept: fc.integer({ min: 1, max: 2 }),
      }),
    ),
  })
  .map(({ extraChains, judge, scorer, align, keep, quota, sourceSolver, ...rest }) => ({
    ...rest,
    ...(sourceSolver && { sourceSolver }),
    maxChains:
      Math.max(
        rest.minVerified,
        rest.teachers.reduce((sum, teacher) => sum + teacher.chains, 0),
      ) + extraChains,
    keep: judge ? keep : 'solution',
    ...(judge && { judge }),
    ...(scorer && { scorer }),
    ...(scorer && quota && { quota }),
    ...(align && {
      align: {
        critic: align.critic,
        rewriter: align.rewriter,
        maxRounds: align.maxRounds,
        minKept: align.minKept,
        ...(align.shortens && { shortener: 'r' }),
      },
    }),
  }));

let texts = 0;
function answers(policy: QuestionPolicy, ask: Ask): fc.Arbitrary<Answer> {
  const key = `key-${(texts += 1)}`;
  const faults = fc.constantFrom<Answer>(
    { kind: 'truncated', key },
    { kind: 'unparsed', key },
    { kind: 'filtered', key, filter: 'repetition' },
    { kind: 'refused', reason: 'filter' },
  );
  const good: fc.Arbitrary<Answer> = {
    validate: fc.record({ kind: fc.constant('verdict' as const), reasoning: fc.boolean(), solution: fc.boolean() }),
    rate: fc.record({
      kind: fc.constant('rating' as const),
      difficulty: fc.constantFrom('easy' as const, 'medium' as const, 'hard' as const),
    }),
    verbosity: fc.record({ kind: fc.constant('score' as const), value: fc.integer({ min: 0, max: 9 }) }),
    cognitive: fc.record({ kind: fc.constant('score' as const), value: fc.integer({ min: 0, max: 9 }) }),
    text: fc.record({
      kind: fc.constant('text' as const),
      key: fc.constant(key),
      grade: fc.constantFrom(
        'equal' as const,
        'equal' as const,
        'different' as const,
        'undecided' as const,
        'none' as const,
      ),
    }),
  }[
    ask.kind === 'validate' || ask.kind === 'rate' || ask.kind === 'verbosity' || ask.kind === 'cognitive'
      ? ask.kind
      : 'text'
  ];
  const thought = fc.constant<Answer>({ kind: 'thought', key });
  return fc.oneof(
    { weight: 8, arbitrary: good },
    { weight: 1, arbitrary: faults },
    { weight: hasSecondCall(policy, ask) ? 8 : 0, arbitrary: thought },
  );
}

const hasSecondCall = (policy: QuestionPolicy, ask: Ask): boolean =>
  (ask.kind === 'generate' && policy.teachers[ask.teacher]?.solver !== undefined) ||
  (ask.kind === 'check' && policy.sourceSolver !== undefined);

interface Trace {
  readonly policy: QuestionPolicy;
  readonly end: QuestionState;
  readonly steps: number;
  /** Keys of truncated and filtered texts. */
  readonly unusable: ReadonlySet<string>;
  /** Keys of answers that were thoughts alone. */
  readonly thoughts: ReadonlySet<string>;
  readonly groups: readonly AskGroup[];
}

/** Runs a question to its end with generated answers; the seed makes it repeatable. */
function run(policy: QuestionPolicy, sources: number, seed: number): Trace {
  let state = startQuestion(
    policy,
    Array.from({ length: sources }, (_, index) => `source-${index}`),
  );
  const unusable = new Set<string>();
  const thoughts = new Set<string>();
  const asked: AskGroup[] = [];
  let steps = 0;
  for (let groups = decide(policy, state); groups.length > 0; groups = decide(policy, state)) {
    expect(decide(policy, structuredClone(state)), 'asks depend on the state alone').toEqual(groups);
    asked.push(...groups);
    const answered = groups.map((group): AnsweredGroup => {
      const given = group.asks.map(
        (ask, index) => fc.sample(answers(policy, ask), { seed: seed + steps * 101 + index, numRuns: 1 })[0]!,
      );
      for (const answer of given)
        if (answer.kind === 'truncated' || answer.kind === 'filtered') unusable.add(answer.key);
      for (const answer of given) if (answer.kind === 'thought') thoughts.add(answer.key);
      return { group, answers: given };
    });
    state = apply(policy, state, answered);
    steps += 1;
    if (steps > 200) break;
  }
  return { policy, end: state, steps, unusable, thoughts, groups: asked };
}

const traces = fc
  .tuple(policies, fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 1e6 }))
  .map(([policy, sources, seed]) => run(policy, sources, seed));

describe('the question machine', () => {
  it('ends, with every chain kept or dropped for a reason', () => {
    fc.assert(
      fc.property(traces, ({ policy, end, steps }) => {
        expect(end.outcome).toBeDefined();
        expect(steps).toBeLessThanOrEqual(
          4 * policy.maxChains * (1 + policy.truncatedRetries) + 4 * (policy.align?.maxRounds ?? 0) + 6,
        );
        for (const chain of end.chains) {
          expect(['kept', 'dropped']).toContain(chain.stage);
          expect(chain.dropped === undefined).toBe(chain.stage === 'kept');
        }
      }),
      { numRuns: 400 },
    );
  });

  it('never keeps an unverified, truncated, filtered or unsuitable text', () => {
    fc.assert(
      fc.property(traces, ({ policy, end, unusable }) => {
        for (const chain of end.chains.filter((one) => one.stage === 'kept')) {
          const kept = chain.revisions[chain.current]!;
          for (const key of [kept.key, kept.solution ?? '']) expect(unusable.has(key)).toBe(false);
          expect(kept.grade === 'equal' || (kept.grade !== 'different' && kept.verdict?.solution === true)).toBe(true);
          if (policy.keep === 'both') expect(kept.verdict?.reasoning).toBe(true);
          if (policy.align) expect(kept.rating).toBe('medium');
          if (policy.quota) expect(unwanted(policy.quota, kept.scores)).toBeUndefined();
          if (policy.scorer)
            expect(kept.scores).toMatchObject({ verbosity: kept.scores?.verbosity, cognitive: kept.scores?.cognitive });
        }
      }),
      { numRuns: 400 },
    );
  });

  it('accepts only with enough verified chains, within the limits of chains and rounds', () => {
    fc.assert(
      fc.property(traces, ({ policy, end }) => {
        expect(end.chains.filter((chain) => 'teacher' in chain.origin).length).toBeLessThanOrEqual(policy.maxChains);
        for (const chain of end.chains) expect(chain.rounds).toBeLessThanOrEqual(policy.align?.maxRounds ?? 0);
        const kept = end.chains.filter((chain) => chain.stage === 'kept').length;
        if (end.outcome?.kind === 'accepted')
          expect(kept).toBeGreaterThanOrEqual(policy.quota ? 1 : (policy.align?.minKept ?? policy.minVerified));
        else expect(kept).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  it('asks for the solution of each thought once, of its own pool, and for nothing else about it before', () => {
    fc.assert(
      fc.property(traces, ({ policy, end, thoughts, groups, unusable }) => {
        const solved = groups.flatMap(({ pool, asks, texts }) =>
          asks.flatMap((ask) => (ask.kind === 'solution' ? [{ pool, ask, text: texts[ask.chain] ?? '' }] : [])),
        );
        for (const { pool, ask, text } of solved) {
          expect(thoughts.has(text)).toBe(true);
          const teacher = ask.teacher === undefined ? undefined : policy.teachers[ask.teacher];
          expect(pool).toBe(teacher ? teacher.solver : policy.sourceSolver);
        }
        expect(new Set(solved.map(({ text, ask }) => `${text} ${ask.raised}`)).size).toBe(solved.length);
        for (const text of thoughts) expect(solved.some((one) => one.text === text)).toBe(true);
        for (const { asks, texts, solutions = {} } of groups)
          for (const { kind, chain } of asks)
            if (kind !== 'solution' && thoughts.has(texts[chain] ?? '')) expect(solutions[chain]).toBeDefined();
        for (const { revisions, stage } of end.chains)
          for (const { key, solution } of revisions) {
            if (solution !== undefined) expect(thoughts.has(key)).toBe(true);
            if (thoughts.has(key) && stage === 'kept')
              expect(unusable.has(solution ?? key)).toBe(solution === undefined);
          }
      }),
      { numRuns: 400 },
    );
  });

  it('is plain JSON at every step', () => {
    fc.assert(
      fc.property(traces, ({ end }) => {
        expect(JSON.parse(JSON.stringify(end))).toEqual(end);
      }),
    );
  });
});
