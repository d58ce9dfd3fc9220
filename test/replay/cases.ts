import type { RecipeInput } from '../../config/recipe.js';
import type { FakeAnswer, FakeRequest } from '../fakes/model-server.js';

/** What happens to each recorded question; the word stands in its text, by which the scripted model knows it. */
export const CASES = ['accepted', 'extended', 'simplified', 'rejected'] as const;
export const SOURCE_CASES = ['source chain'] as const;
export const SHORT_CASES = ['shortened'] as const;
/** The teacher gives a thought alone. */
export const SECOND_CALL_CASES = ['second call'] as const;
/** One model plays every role: what it was asked goes on to the judgements that follow. */
export const GOING_ON_CASES = ['going on'] as const;
/** Two chains with RV 4 and CD 4 each, in shards of two. */
export const QUOTA_CASES = ['quota-kept', 'quota-cut', 'quota-left'] as const;

export const questionOf = (name: string): string => `Case ${name}: what is 3 + 4?`;

export const rowOf = (name: string): object => ({
  question: questionOf(name),
  answer: '7',
  chain: '<think>Three and four are seven.</think>\\boxed{7}',
});

const CHAIN = 'One more than six.';
const REWRITTEN = 'Six, and one more, is seven.';

/** The scripted model: right answers but for `rejected`; easy, then medium for `extended`; hard, then medium for `simplified`. */
export function scriptedAnswer({ messages, response_format }: FakeRequest): FakeAnswer {
  const text = messages.map(({ content }) => content).join('\n');
  const fields = Object.keys(response_format?.json_schema?.schema?.properties ?? {});
  const says = (value: object): FakeAnswer => ({ thought: '', solution: JSON.stringify(value) });
  if (fields.includes('reasoning_valid')) return says({ rationale: '', reasoning_valid: true, solution_valid: true });
  if (fields.includes('difficulty')) return says({ difficulty: difficultyOf(text) });
  if (fields.includes('score')) return says({ score: 4 });
  if (text.includes('Case second call'))
    return text.includes(CHAIN) ? { thought: '', solution: '\\boxed{7}' } : { thought: CHAIN, solution: '' };
  if (text.includes(CHAIN))
    return {
      thought: '',
      solution: `<thought>\n${REWRITTEN}\n</thought>\n<answer>\n\\boxed{7}\n</answer>`,
    };
  return { thought: CHAIN, solution: text.includes('Case rejected') ? '\\boxed{8}' : '\\boxed{7}' };
}

function difficultyOf(text: string): string {
  if (text.includes(REWRITTEN)) return 'medium';
  if (text.includes('Case extended')) return 'easy';
  return /Case (simplified|going on)/.test(text) ? 'hard' : 'medium';
}

const pool = 'fake';

/** Two chains a question, three at most; shards of two questions. */
export const recipeOf = (name: string, changes: Partial<RecipeInput> = {}): RecipeInput => ({
  name,
  sources: [{ name: 'cases', path: `${name}.jsonl`, fields: { question: 'question', answer: 'answer' } }],
  teachers: [{ name: 'teacher', pool, chains: 2 }],
  validation: { judge: { pool }, maxChains: 3 },
  scoring: { pool },
  alignment: { critic: { pool }, rewriter: { pool }, maxRounds: 2 },
  limits: { questionsPerShard: 2 },
  ...changes,
});
