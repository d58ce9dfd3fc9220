import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { policyOf } from '../../../activities/dataset/prepare-run.js';
import { distinctCalls, breakDown } from '../../../activities/dataset/rows-calls.js';
import { chainRows, textKeys } from '../../../activities/dataset/rows-chain.js';
import { rowContext, type ChainRow } from '../../../activities/dataset/rows.js';
import { createPools } from '../../../activities/inference/pools.js';
import type { CallRecord } from '../../../activities/ledger/record.js';
import { readQuestionHistory } from '../../../activities/question/history.js';
import type { QuestionRow } from '../../../activities/sources/question-row.js';
import { createFileStore } from '../../../activities/store/file-store.js';
import type { ObjectStore } from '../../../activities/store/object-store.js';
import { PoolConfig } from '../../../config/deployment.js';
import type { RecipeInput } from '../../../config/recipe.js';
import { apply, decide, startQuestion, type AnsweredGroup } from '../../../workflows/question/machine.js';
import { addSpending, noSpending } from '../../../workflows/question/spending.js';
import { startFakeModelServer, type FakeRequest } from '../../fakes/model-server.js';
import { resolvedRecipe, ROW, startAsking, stepOf, type Asking } from './asking.js';

const THOUGHT = 'Six sevens: 7, 14, 21, 28, 35, 42.';
const SOLUTION = 'Adding seven six times gives \\boxed{42}.';
const answered = { thought: 'I was given the reasoning.', solution: SOLUTION };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Solution = RecipeInput['teachers'][number]['solution'];

/** One chain of a teacher, verified by rules alone. */
const recipeOf = (solution: Solution, more: Partial<RecipeInput> = {}): Partial<RecipeInput> => ({
  teachers: [
    { name: 'thinker', pool: 'teacher', chains: 1, sampling: { maxTokens: 1000 }, ...(solution && { solution }) },
  ],
  validation: { keep: 'solution', minVerified: 1, maxChains: 1 },
  scoring: undefined,
  alignment: undefined,
  ...more,
});

interface World {
  /** @default a thought alone */
  readonly teacher?: typeof answered;
  /** @default its own thinking, and the solution */
  readonly solver?: (request: FakeRequest) => typeof answered;
  readonly recipe?: Partial<RecipeInput>;
  readonly row?: QuestionRow;
}

/** A store on disk, two endpoints over HTTP, and the activity over them. */
async function open({ teacher = { thought: THOUGHT, solution: '' }, solver, row = ROW, ...world }: World = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'cotmill-second-call-'));
  closing.push(() => rm(directory, { recursive: true }));
  const servers = {
    teacher: await startFakeModelServer({ flavour: 'reasoning_content', answer: () => teacher }),
    solver: await startFakeModelServer({
      flavour: 'reasoning_content',
      answer: (request) => solver?.(request) ?? answered,
    }),
  };
  const named = Object.entries(servers);
  const config = named.map(([name, { url }]) => [
    name,
    PoolConfig.parse({ model: `${name}-model`, endpoints: [{ url }] }),
  ]);
  const pools = createPools({ pools: Object.fromEntries(config) as Record<string, PoolConfig> }, {});
  closing.push(
    ...named.map(
      ([, server]) =>
        () =>
          server.close(),
    ),
    () => pools.close(),
  );
  const recipe = world.recipe ?? recipeOf({ pool: 'solver', sampling: { maxTokens: 200 } });
  const disk = createFileStore(directory);
  return {
    /** As a process that has just been started sees it. */
    asking: (store: ObjectStore = disk) => startAsking({ row, recipe, store, poolNamed: (name) => pools.get(name) }),
    disk,
    /** Answers that each endpoint was paid for. */
    paid: () => named.map(([name, server]) => `${name} ${server.stats().byStatus['200'] ?? 0}`),
    resolved: await resolvedRecipe(recipe),
    row,
  };
}
type Opened = Awaited<ReturnType<typeof open>>;

/** Plays the question to its end, step by step, as its workflow does. */
async function play({ resolved, row }: Opened, { ask }: Asking, execution = 'e1') {
  const policy = policyOf(resolved.recipe);
  let spending = noSpending;
  let state = startQuestion(
    policy,
    row.chains.map(({ key }) => key),
  );
  for (let groups = decide(policy, state); groups.length > 0; groups = decide(policy, state)) {
    const answers: AnsweredGroup[] = [];
    for (const group of groups) {
      const result = await ask(stepOf(group, { step: state.step, execution }));
      spending = addSpending(spending, result.spending);
      answers.push({ group, answers: result.answers });
    }
    state = apply(policy, state, answers);
  }
  return { state, spending };
}

/** The rows of the question, from journal and ledger alone. */
async function rows({ resolved, row, disk }: Opened, { ledger, dependencies }: Asking) {
  const { plan, shard } = stepOf({ pool: '', asks: [], texts: {} });
  const history = await readQuestionHistory(dependencies.journal, {
    ...{ shard: { plan, shard }, row, policy: policyOf(resolved.recipe) },
  });
  const records = new Map<string, CallRecord>();
  for (const key of textKeys(history)) records.set(key, (await ledger.find(key)) ?? fail(key, disk));
  const [chain] = chainRows({ row, history, records }, rowContext(resolved));
  return { chain: chain as ChainRow, ...breakDown(distinctCalls(history.entries)) };
}

const fail = (key: string, { description }: ObjectStore): never => {
  throw new Error(`no record ${key} in ${description}`);
};

describe('a teacher that gives a thought alone', () => {
  it('has its solution from a second call that is given question and thought, both paid and counted', async () => {
    let asked: FakeRequest | undefined;
    const world = await open({ solver: (request) => ((asked = request), answered) });
    const asking = await world.asking();
    const { state, spending } = await play(world, asking);
    expect(state.outcome).toEqual({ kind: 'accepted' });
    expect(world.paid()).toEqual(['teacher 1', 'solver 1']);
    expect(spending).toMatchObject({ new: 2, reused: 0, repeated: 0 });
    expect(asked?.messages.at(-1)?.content).toContain(`${ROW.question}\n\n### Reasoning\n${THOUGHT}`);
    expect(JSON.stringify(asked)).not.toContain('"42"');

    const { chain, byRole, byPool } = await rows(world, asking);
    expect(chain).toMatchObject({
      ...{ outcome: 'accepted', origin: 'teacher', teacher: 'thinker', revision_by: 'teacher' },
      ...{ thought: THOUGHT, solution: SOLUTION, extracted_answer: '42', solution_grade: 'equal', calls: 2 },
      ...{ model: 'teacher-model', text_model: 'teacher-model', solution_model: 'solver-model' },
    });
    // The chain is named by its thought, its text by the answer that completed it.
    expect(chain.chain_id).toBe(state.chains[0]?.revisions[0]?.key);
    expect(chain.text_key).toBe(state.chains[0]?.revisions[0]?.solution);
    // What the second model thought to itself is paid for, and is no part of the chain's length.
    expect(chain.thought_tokens).toBe(byRole['teacher']?.outputTokens);
    const own = Math.ceil(answered.thought.length / 4);
    expect(chain.text_tokens).toBe(
      (byRole['teacher']?.outputTokens ?? 0) + (byRole['solver']?.outputTokens ?? 0) - own,
    );
    expect(Object.keys(byPool)).toEqual(['solver', 'teacher']);
  });

  it('is asked itself when no other pool is named', async () => {
    const world = await open({ recipe: recipeOf({}) });
    const { state } = await play(world, await world.asking());
    expect(state.chains[0]?.dropped).toBe('unparsed');
    expect(world.paid()).toEqual(['teacher 2', 'solver 0']);
  });

  it('is unparsed where the recipe has no second call', async () => {
    const world = await open({ recipe: recipeOf(undefined) });
    const { state } = await play(world, await world.asking());
    expect(state.chains[0]?.dropped).toBe('unparsed');
    expect(world.paid()).toEqual(['teacher 1', 'solver 0']);
  });

  it('has no second call for an answer with a solution', async () => {
    const world = await open({ teacher: { thought: THOUGHT, solution: SOLUTION } });
    const asking = await world.asking();
    await play(world, asking);
    expect(world.paid()).toEqual(['teacher 1', 'solver 0']);
    expect((await rows(world, asking)).chain.solution_model).toBeNull();
  });

  it.each<[string, typeof answered, string[]]>([
    ['without a mark is a thought', { thought: '', solution: THOUGHT }, ['teacher 1', 'solver 1']],
    ['with both parts is a chain', { thought: THOUGHT, solution: SOLUTION }, ['teacher 1', 'solver 0']],
  ])('may tell nothing apart: an answer %s', async (_what, teacher, paid) => {
    const world = await open({ teacher, recipe: recipeOf({ pool: 'solver', thought: 'whole-answer' }) });
    const asking = await world.asking();
    await play(world, asking);
    expect(world.paid()).toEqual(paid);
    expect((await rows(world, asking)).chain).toMatchObject({
      outcome: 'accepted',
      thought: THOUGHT,
      solution: SOLUTION,
    });
  });
});

describe('an answer of either call', () => {
  it('that is cut is asked again on its own, with twice the limit', async () => {
    const limits: (number | undefined)[] = [];
    const world = await open({
      solver: (request) => (limits.push(request.max_tokens), { ...answered, solution: SOLUTION.padEnd(1000, '.') }),
    });
    const { state } = await play(world, await world.asking());
    expect(limits).toEqual([200, 400]);
    expect(world.paid()).toEqual(['teacher 1', 'solver 2']);
    expect(state.outcome).toEqual({ kind: 'accepted' });
  });

  it('that is cut at every limit drops the chain as truncated, with what there is of both', async () => {
    const world = await open({ solver: () => ({ ...answered, solution: SOLUTION.padEnd(4000, '.') }) });
    const asking = await world.asking();
    const { state } = await play(world, asking);
    expect(state.chains[0]?.dropped).toBe('truncated');
    const { chain } = await rows(world, asking);
    expect(chain).toMatchObject({ outcome: 'rejected', reason: 'truncated', thought: THOUGHT });
    expect(chain.solution).toContain(SOLUTION);
  });

  it('that cuts the thought is no thought alone', async () => {
    const world = await open({ teacher: { thought: THOUGHT.repeat(1000), solution: '' } });
    const { state } = await play(world, await world.asking());
    expect(state.chains[0]?.dropped).toBe('truncated');
    expect(world.paid()).toEqual(['teacher 2', 'solver 0']);
  });

  it('that is empty the second time drops the chain as unparsed', async () => {
    const world = await open({ solver: () => ({ thought: 'I have nothing to say.', solution: '' }) });
    const { state } = await play(world, await world.asking());
    expect(state.chains[0]?.dropped).toBe('unparsed');
    expect(state.chains[0]?.revisions[0]?.solution).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('a crash', () => {
  /** Fails to write the journal of one step, as if the process had been killed there. */
  const dyingAt = (store: ObjectStore, step: number): ObjectStore => ({
    ...store,
    put: (key, body) =>
      key.includes(`/journal/00000/${ROW.id}-${step}-`) ? Promise.reject(new Error('killed')) : store.put(key, body),
  });

  it.each([
    ['after the first call was paid', 0, ['teacher 1', 'solver 0']],
    ['after the second call was paid', 1, ['teacher 1', 'solver 1']],
  ])('%s pays nothing twice', async (_what, step, before) => {
    const world = await open();
    await expect(play(world, await world.asking(dyingAt(world.disk, step)))).rejects.toThrow('killed');
    expect(world.paid()).toEqual(before);
    const { state, spending } = await play(world, await world.asking());
    expect(state.outcome).toEqual({ kind: 'accepted' });
    expect(spending).toMatchObject({ new: 2, reused: 0, repeated: 0 });
    expect(world.paid()).toEqual(['teacher 1', 'solver 1']);
  });

  it('is found in the ledger by another execution', async () => {
    const world = await open();
    await play(world, await world.asking());
    const { spending } = await play(world, await world.asking(), 'e2');
    expect(spending).toMatchObject({ new: 0, reused: 2, cost: 0 });
    expect(world.paid()).toEqual(['teacher 1', 'solver 1']);
  });
});

describe('a chain of the row that is a thought alone', () => {
  it('has its solution from a second call, too', async () => {
    const own = { key: 'c'.repeat(64), teacher: 'qwq', thought: THOUGHT, solution: '' };
    const world = await open({
      row: { ...ROW, chains: [own] },
      teacher: { thought: '', solution: 'No idea.' },
      recipe: recipeOf(undefined, { sourceChains: { solution: { pool: 'solver' } } }),
    });
    const asking = await world.asking();
    const { state } = await play(world, asking);
    expect(state.outcome).toEqual({ kind: 'accepted' });
    expect(world.paid()).toEqual(['teacher 1', 'solver 1']);
    expect((await rows(world, asking)).chain).toMatchObject({
      ...{ origin: 'source', teacher: 'qwq', model: null, solution_model: 'solver-model' },
      ...{ outcome: 'accepted', thought: THOUGHT, solution: SOLUTION, chain_id: own.key },
    });
  });
});
