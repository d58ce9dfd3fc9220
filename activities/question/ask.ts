import { isDeepStrictEqual } from 'node:util';
import type { ResolvedRecipe } from '../../config/resolve.js';
import { nextJudgements } from '../../workflows/question/go-on.js';
import { apply, decide } from '../../workflows/question/machine.js';
import type { QuestionPolicy } from '../../workflows/question/policy.js';
import type { AskGroup, Revision } from '../../workflows/question/state.js';
import type { AskInput, AskResult, NextResult, StepResult } from '../../workflows/question/step.js';
import type { Ledger } from '../ledger/ledger.js';
import type { CallRecord } from '../ledger/record.js';
import type { PlanRef, ShardRef } from '../references.js';
import type { QuestionRow } from '../sources/question-row.js';
import { answerAsk, arrivedText, type AskContext, type Asked } from './answer-ask.js';
import type { CheckTools } from './check-answer.js';
import { chainText, solvedText, type ChainText } from './chain-text.js';
import { readQuestionHistory } from './history.js';
import type { JournalEntry } from './journal.js';
import type { JournalStore } from './journal-store.js';
import type { AskOptions, PaidCalls } from './paid-call.js';
import { spendingOf } from './paid-usage.js';
import { allOrWorst } from './worst-error.js';

interface AskEffort {
  readonly signal: AbortSignal;
  readonly progress: (done: number) => void;
}

export interface AskDependencies extends CheckTools {
  readonly paid: PaidCalls;
  readonly ledger: Ledger;
  readonly journal: JournalStore;
  readonly resolvedOf: (plan: PlanRef) => Promise<ResolvedRecipe>;
  readonly rowOf: (shard: ShardRef, id: string) => Promise<QuestionRow>;
}

/**
 * Answers a group of asks: the calls run at the same time, each looked up in the ledger first, and the journal entry is written before
 * the result is. Safe to run twice: a second run finds the entry, or at least every call that the first one paid.
 * Given a policy, it goes on to the judgements that follow at the same pool, one step after another, each with an entry of its own.
 * Throws the gravest error of its asks when one could not be answered; the others' answers are in the ledger by then.
 */
export function createAsk(dependencies: AskDependencies) {
  const askStep = createAskStep(dependencies);

  return async function ask(input: AskInput, effort: AskEffort): Promise<AskResult> {
    const first = await askStep(input, effort);
    const next = input.policy ? await goOn(input, { policy: input.policy, first, effort }) : [];
    return { ...first, ...(next.length > 0 && { next }) };
  };

  async function goOn(
    input: AskInput,
    { policy, first, effort }: { policy: QuestionPolicy; first: StepResult; effort: AskEffort },
  ): Promise<NextResult[]> {
    const { step, group: answered } = input;
    const row = await dependencies.rowOf(input, input.id);
    const before = await readQuestionHistory(dependencies.journal, { shard: input, row, policy, steps: step });
    // A journal that leads elsewhere is of a question that was begun in another way: only its workflow knows what follows.
    if (!isDeepStrictEqual(decide(policy, before.state), [answered])) return [];
    let state = apply(policy, before.state, [{ group: answered, answers: first.answers }]);
    const next: NextResult[] = [];
    const follows = () => nextJudgements(policy, state, answered.pool);
    for (let group = follows(); group; group = follows()) {
      const result = await askStep({ ...input, step: state.step, group }, effort);
      next.push({ asks: group.asks, ...result });
      state = apply(policy, state, [{ group, answers: result.answers }]);
    }
    return next;
  }
}

function createAskStep(dependencies: AskDependencies) {
  return async function askStep(input: AskInput, options: AskEffort): Promise<StepResult> {
    const { execution } = input.plan;
    const known = await dependencies.journal.read(input);
    if (known && !known.answers.some((answer) => answer.kind === 'refused')) return resultOf(known, execution);
    const resolved = await dependencies.resolvedOf(input.plan);
    const row = await dependencies.rowOf(input, input.id);
    const texts = await readTexts(dependencies.ledger, row, input.group);
    const payer = { run: input.plan.run, execution, asker: `${input.id}/${input.step}/${input.group.pool}` };
    const underway: AskOptions['underway'] = new Map();
    let done = 0;
    const all = await allOrWorst(
      input.group.asks.map(async (one): Promise<Asked> => {
        const text = texts.get(one.chain);
        const context = {
          resolved,
          row,
          text,
          pool: input.group.pool,
          payer,
          underway,
          signal: options.signal,
        };
        const asked =
          one.kind === 'check'
            ? await check(dependencies, context, input.group.texts[one.chain])
            : await answerAsk(dependencies, context, one);
        options.progress((done += 1));
        return asked;
      }),
    );
    const entry = entryOf(input, all);
    await dependencies.journal.write(input, entry);
    return resultOf(entry, execution);
  };
}

const resultOf = (entry: JournalEntry, execution: string): StepResult => ({
  answers: entry.answers,
  spending: spendingOf(entry.calls, execution),
});

function entryOf(input: AskInput, asked: readonly Asked[]): JournalEntry {
  return {
    schema: 1,
    questionId: input.id,
    step: input.step,
    group: input.group,
    answers: asked.map(({ answer }) => answer),
    calls: asked.flatMap(({ calls }, ask) => calls.map((call) => ({ ask, ...call }))),
    grades: asked.flatMap(({ grade }, ask) => (grade ? [{ ask, ...grade }] : [])),
  };
}

async function check(
  tools: CheckTools,
  { text, ...context }: Pick<AskContext, 'resolved' | 'row' | 'text' | 'signal'>,
  key: string | undefined,
): Promise<Asked> {
  if (!text || key === undefined) throw new Error(`question ${context.row.id}: a rule check without a text`);
  // A plan takes such chains only where the recipe has their solution asked for.
  if (text.solution === '') return { calls: [], answer: { kind: 'thought', key } };
  return { calls: [], ...(await arrivedText(tools, context, { key, text })) };
}

/** The texts that a group is about, by chain: of the row's own chains, or of answers in the ledger. */
async function readTexts(ledger: Ledger, row: QuestionRow, group: AskGroup): Promise<Map<number, ChainText>> {
  const texts = await Promise.all(
    Object.entries(group.texts).map(async ([index, key]) => {
      const chain = Number(index);
      const solution = group.solutions?.[chain];
      return [chain, await readText(ledger, row, { key, ...(solution !== undefined && { solution }) })] as const;
    }),
  );
  return new Map(texts);
}

/** Text of a chain by its key or keys. Throws when one is neither in the row nor in the ledger: something was deleted. */
export async function readText(
  ledger: Ledger,
  row: QuestionRow,
  { key, solution }: Pick<Revision, 'key' | 'solution'>,
): Promise<ChainText> {
  const own = row.chains.find((chain) => chain.key === key);
  const first = own ? { thought: own.thought, solution: own.solution } : chainText(await recordOf(ledger, row, key));
  return solution === undefined ? first : solvedText(first, await recordOf(ledger, row, solution));
}

async function recordOf(ledger: Ledger, row: QuestionRow, key: string): Promise<CallRecord> {
  const record = await ledger.find(key);
  if (!record)
    throw new Error(
      `the ledger has no record calls/${key.slice(0, 2)}/${key}, which question ${row.id} needs: was it deleted from the store?`,
    );
  return record;
}
