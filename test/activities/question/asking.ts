import { createGrader } from '../../../activities/grading/grader.js';
import type { InferencePool } from '../../../activities/inference/inference.js';
import type { Ledger } from '../../../activities/ledger/ledger.js';
import type { CallRequest, CallResponse, Role } from '../../../activities/ledger/record.js';
import { createStoreLedger } from '../../../activities/ledger/store-ledger.js';
import { createAsk } from '../../../activities/question/ask.js';
import type { AskInput, AskResult } from '../../../workflows/question/step.js';
import type { CheckTools } from '../../../activities/question/check-answer.js';
import { createJournalStore } from '../../../activities/question/journal-store.js';
import { createPaidCalls } from '../../../activities/question/paid-call.js';
import type { QuestionRow } from '../../../activities/sources/question-row.js';
import { loadPrompts } from '../../../config/prompts.js';
import { promptUses } from '../../../config/recipe-uses.js';
import { Recipe, type RecipeInput } from '../../../config/recipe.js';
import { resolveRecipe, type ResolvedRecipe } from '../../../config/resolve.js';
import { parseDeployment } from '../../../config/load.js';
import type { ObjectStore } from '../../../activities/store/object-store.js';
import { createMemoryStore } from '../../fakes/memory-store.js';

/** A recipe with every role in it, each at a pool of its own; the deployment has those pools with models `<pool>-model`. */
export async function resolvedRecipe(changes: Partial<RecipeInput> = {}): Promise<ResolvedRecipe> {
  const recipe = Recipe.parse({
    name: 'sums',
    sources: [{ name: 'sums', path: 'sums.jsonl', fields: { question: 'q', answer: 'a' } }],
    teachers: [
      { name: 'slow', pool: 'teacher', chains: 2, sampling: { temperature: 0.7, maxTokens: 1000 } },
      { name: 'fast', pool: 'teacher', chains: 1, prompt: 'question-only' },
    ],
    validation: { judge: { pool: 'judge' } },
    scoring: { pool: 'scorer' },
    alignment: { critic: { pool: 'critic' }, rewriter: { pool: 'rewriter' }, shorten: { pool: 'rewriter' } },
    ...changes,
  });
  const pools = Object.fromEntries(
    ['teacher', 'solver', 'judge', 'scorer', 'critic', 'rewriter'].map((pool) => [
      pool,
      { model: `${pool}-model`, endpoints: [{ url: `http://${pool}.internal/v1` }] },
    ]),
  );
  const deployment = parseDeployment(
    { store: { kind: 'file', directory: 'store' }, inputs: { data: { kind: 'directory', directory: '.' } }, pools },
    'test',
  );
  const prompts = await loadPrompts(promptUses(recipe).map(({ prompt }) => prompt));
  return resolveRecipe({ recipe, deployment, prompts, presets: {} });
}

export const ROW: QuestionRow = {
  id: '0123456789abcdef0123456789abcdef',
  question: 'What is 6 * 7?',
  answer: '42',
  domain: null,
  chains: [],
  provenance: { source: 'sums', path: 'sums.jsonl', row: 1, rowId: null, revision: null, licence: null },
};

/** A model's answer; `text` after the thought. */
export const says = (text: string, changes: Partial<CallResponse> = {}): CallResponse => ({
  thought: 'Six sevens.',
  solution: text,
  thoughtFrom: 'reasoning',
  thoughtOpen: false,
  finishReason: 'stop',
  modelReported: 'model',
  usage: { inputTokens: 10, outputTokens: 20, reasoningTokens: 5 },
  ...changes,
});

const GOOD: Record<Role, CallResponse> = {
  teacher: says('The result is \\boxed{42}.'),
  solver: says('So it is \\boxed{42}.'),
  judge: says('{"rationale": "", "reasoning_valid": true, "solution_valid": true}'),
  scorer: says('{"score": 4}'),
  critic: says('{"difficulty": "medium"}'),
  rewriter: says('<thought>\n7 + 7 + ...\n</thought>\n<answer>\n\\boxed{42}\n</answer>'),
  student: says('The result is \\boxed{42}.'),
};

/** What a scripted model says to a request; it may throw. undefined: the good answer. */
export type Model = (request: CallRequest, nth: number) => CallResponse | undefined;

export interface Asking {
  readonly store: ObjectStore;
  readonly ledger: Ledger;
  /** Requests in the order in which they were sent. */
  readonly sent: readonly CallRequest[];
  readonly ask: (input: AskInput) => Promise<AskResult>;
  readonly dependencies: Parameters<typeof createAsk>[0];
}

/** The activity `ask` over a store in memory and a scripted model; a call costs 50 (10 tokens in at 1, 20 out at 2 a token). */
export async function startAsking(
  options: {
    model?: Model;
    row?: QuestionRow;
    store?: ObjectStore;
    /** @default the scripted model */
    poolNamed?: (name: string) => InferencePool;
    recipe?: Partial<RecipeInput>;
    code?: CheckTools['code'];
  } = {},
): Promise<Asking> {
  const { row = ROW, store = createMemoryStore() } = options;
  const resolved = await resolvedRecipe(options.recipe);
  const sent: CallRequest[] = [];
  const ledger = createStoreLedger(store);
  const paid = createPaidCalls({
    ledger,
    poolNamed:
      options.poolNamed ??
      ((name): InferencePool => ({
        name,
        model: `${name}-model`,
        async call(request) {
          sent.push(request);
          const response = await Promise.resolve(options.model?.(request, sent.length));
          return { response: response ?? GOOD[request.role], endpoint: `http://${name}.internal/v1`, latencyMs: 1 };
        },
        status: () => ({ pool: name, waiting: 0, endpoints: [] }),
        close: () => Promise.resolve(),
      })),
    priceOf: () => ({ inputPerMillion: 1e6, outputPerMillion: 2e6 }),
  });
  const dependencies = {
    paid,
    ledger,
    grader: createGrader(),
    code: options.code ?? { grade: () => Promise.reject(new Error('no question here has tests')) },
    journal: createJournalStore(store),
    resolvedOf: () => Promise.resolve(resolved),
    rowOf: () => Promise.resolve(row),
  };
  const ask = createAsk(dependencies);
  return {
    store,
    ledger,
    sent,
    dependencies,
    ask: (input) => ask(input, { signal: new AbortController().signal, progress: () => undefined }),
  };
}

/** A step of question {@link ROW} of run `nightly`. */
export const stepOf = (
  group: AskInput['group'],
  changes: Partial<AskInput> & { execution?: string } = {},
): AskInput => {
  const { execution = 'e1', ...rest } = changes;
  return { plan: { run: 'nightly', planId: 'a'.repeat(16), execution }, shard: 0, id: ROW.id, step: 0, group, ...rest };
};
