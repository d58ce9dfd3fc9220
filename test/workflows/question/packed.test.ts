import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packAnswers, packAsk, unpackAnswers, unpackAsk, unpackPlan } from '../../../workflows/question/packed-ask.js';
import { packPolicy, unpackPolicy } from '../../../workflows/question/packed-policy.js';
import type { QuestionPolicy } from '../../../workflows/question/policy.js';
import { CHAIN_FILTERS, type Answer, type Ask } from '../../../workflows/question/state.js';

const digits = (length: number) =>
  fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length }).map((all) => all.join(''));
const key = digits(64);
const name = fc.constantFrom('fake', 'big.teacher', 'a-b_c', '7b');
const small = fc.nat({ max: 64 });

const asks: fc.Arbitrary<Ask> = fc.oneof(
  fc.record({ kind: fc.constant('generate' as const), chain: small, teacher: small, sample: small, raised: small }),
  fc.record(
    { kind: fc.constant('solution' as const), chain: small, teacher: small, raised: small },
    { requiredKeys: ['kind', 'chain', 'raised'] },
  ),
  fc.record({
    kind: fc.constantFrom('extend' as const, 'simplify' as const, 'shorten' as const),
    chain: small,
    round: small,
  }),
  fc.record({
    kind: fc.constantFrom(
      'check' as const,
      'validate' as const,
      'rate' as const,
      'verbosity' as const,
      'cognitive' as const,
    ),
    chain: small,
  }),
);
const answers: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({
    kind: fc.constant('text' as const),
    key,
    grade: fc.constantFrom('equal' as const, 'different' as const, 'undecided' as const, 'none' as const),
  }),
  fc.record({ kind: fc.constantFrom('thought' as const, 'truncated' as const, 'unparsed' as const), key }),
  fc.record({ kind: fc.constant('filtered' as const), key, filter: fc.constantFrom(...CHAIN_FILTERS) }),
  fc.record({ kind: fc.constant('refused' as const), reason: fc.string() }),
  fc.record({ kind: fc.constant('verdict' as const), reasoning: fc.boolean(), solution: fc.boolean() }),
  fc.record({
    kind: fc.constant('rating' as const),
    difficulty: fc.constantFrom('easy' as const, 'medium' as const, 'hard' as const),
  }),
  fc.record({ kind: fc.constant('score' as const), value: fc.nat({ max: 9 }) }),
);

describe('packed asks and answers', () => {
  it('give the asks back as they were, through JSON', () => {
    const input = fc
      .record({
        plan: fc.record({ run: name, planId: digits(16), execution: fc.uuid() }),
        shard: small,
        id: digits(32),
        step: small,
        pool: fc.oneof(name, fc.constant('')),
        asks: fc.array(asks, { minLength: 1, maxLength: 12 }),
        known: fc.array(fc.option(fc.tuple(key, fc.option(key)), { nil: undefined }), {
          minLength: 65,
          maxLength: 65,
        }),
      })
      .map(({ pool, asks, known, ...rest }) => {
        const texts: Record<number, string> = {};
        const solutions: Record<number, string> = {};
        for (const { chain } of asks) {
          const [text, solution] = known[chain] ?? [];
          if (text !== undefined) texts[chain] = text;
          if (solution) solutions[chain] = solution;
        }
        return {
          ...rest,
          group: { pool, asks, texts, ...(Object.keys(solutions).length > 0 && { solutions }) },
        };
      });
    fc.assert(
      fc.property(input, (value) => {
        const packed = packAsk(value);
        expect(unpackAsk(JSON.parse(JSON.stringify(packed)) as typeof packed)).toEqual(value);
      }),
    );
  });

  it('give the answers back as they were, through JSON', () => {
    const spending = { new: 1, reused: 2, repeated: 3, inputTokens: 4, outputTokens: 5, cost: 0.25 };
    fc.assert(
      fc.property(fc.array(answers), (list) => {
        for (const next of [undefined, [{ asks: [{ kind: 'rate' as const, chain: 2 }], answers: list, spending }]]) {
          const result = { answers: list, spending, ...(next && { next }) };
          const packed = packAnswers(result);
          expect(unpackAnswers(JSON.parse(JSON.stringify(packed)) as typeof packed)).toEqual(result);
        }
      }),
    );
  });

  it('stay small: twelve asks about three chains', () => {
    const plan = { run: 'bench', planId: '0123456789abcdef', execution: '01a20202-010d-77a7-bea5-20772e58398f' };
    const kinds = ['validate', 'rate', 'verbosity', 'cognitive'] as const;
    const group = {
      pool: 'fake',
      asks: [0, 1, 2].flatMap((chain) => kinds.map((kind) => ({ kind, chain }))),
      texts: Object.fromEntries([0, 1, 2].map((chain) => [chain, String(chain).repeat(64)])),
    };
    const packed = packAsk({ plan, shard: 0, id: '0'.repeat(32), step: 2, group });
    expect(packed.asks).toBe('0v 0r 0b 0c 1v 1r 1b 1c 2v 2r 2b 2c');
    expect(JSON.stringify(packed).length).toBeLessThan(450);
  });

  it.each([
    ['a plan', () => unpackPlan('run/only')],
    ['an ask', () => unpackAsk({ plan: 'r/p/e', shard: 0, id: 'i', step: 0, pool: 'p', asks: '0z' })],
    ['an answer', () => unpackAnswers({ answers: ['qq'], spending: [0, 0, 0, 0, 0, 0] })],
    ['a rating', () => unpackAnswers({ answers: ['rso-so'], spending: [0, 0, 0, 0, 0, 0] })],
  ])('refuses %s that it did not write', (_what, unpack) => {
    expect(unpack).toThrow(/expected .* found/);
  });
});

const policies: fc.Arbitrary<QuestionPolicy> = fc.record(
  {
    teachers: fc.array(fc.record({ pool: name, chains: small, solver: name }, { requiredKeys: ['pool', 'chains'] }), {
      minLength: 1,
      maxLength: 4,
    }),
    sourceSolver: name,
    keep: fc.constantFrom('both' as const, 'solution' as const),
    minVerified: small,
    maxChains: small,
    truncatedRetries: small,
    judge: name,
    judgeWrong: fc.constant(true),
    scorer: name,
    scoreEarly: fc.constant(true),
    align: fc.record(
      { critic: name, rewriter: name, shortener: name, maxRounds: small, minKept: small },
      { requiredKeys: ['critic', 'rewriter', 'maxRounds', 'minKept'] },
    ),
  },
  { requiredKeys: ['teachers', 'keep', 'minVerified', 'maxChains', 'truncatedRetries'] },
);

describe('a packed policy', () => {
  it('is the line that recorded histories have where nobody asks for solutions', () => {
    const policy: QuestionPolicy = {
      teachers: [{ pool: 'a', chains: 2 }],
      ...{ keep: 'solution', minVerified: 1, maxChains: 2, truncatedRetries: 1 },
    };
    expect(packPolicy(policy)).toBe('teachers=a*2 keep=solution verified=1 chains=2 retries=1');
    const solved: QuestionPolicy = { ...policy, teachers: [{ pool: 'a', chains: 2, solver: 'b' }], sourceSolver: 'c' };
    expect(packPolicy(solved)).toBe('teachers=a*2>b solver=c keep=solution verified=1 chains=2 retries=1');
  });

  it('is the policy again', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        expect(unpackPolicy(packPolicy(policy))).toEqual(policy);
      }),
    );
  });

  it.each([
    ['', 'keep'],
    ['teachers=a*1>b>c keep=both verified=1 chains=1 retries=1', 'teachers'],
    ['teachers=a keep=both verified=1 chains=1 retries=1', 'teachers'],
    ['teachers=a*1 keep=some verified=1 chains=1 retries=1', 'keep'],
    ['teachers=a*1 keep=both verified=two chains=1 retries=1', 'verified'],
    ['teachers=a*1 keep=both verified=1 chains=1 retries=1 critic=c rounds=1 kept=1', 'rewriter'],
  ])('refuses %j and names %s', (packed, name) => {
    expect(() => unpackPolicy(packed)).toThrow(`expected ${name}=`);
  });
});
