import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson } from '../../config/canonical-json.js';
import type { Recipe } from '../../config/recipe.js';
import type { ResolvedRecipe } from '../../config/resolve.js';
import { createQuestionCleaner, type QuestionCleaner } from '../cleaning/question-cleaner.js';
import type { OpenInput } from '../sources/source-input.js';
import type { QuestionRow } from '../sources/question-row.js';
import type { SourcePresets } from '../sources/row-form.js';
import type { ObjectStore } from '../store/object-store.js';
import { withTemporaryDirectory } from '../temporary-directory.js';
import { createReadSource, openSource, type OpenSource, type ReadSource } from './plan-candidates.js';
import { createPlanLog, type PlanLog, type SourceTally } from './plan-log.js';
import {
  findPlanManifest,
  planManifestKey,
  planShardKey,
  type PlanManifest,
  type PlanSource,
} from './plan-manifest.js';
import { shareOut } from './plan-shares.js';
import { createShardSpool, readSpooled, spoolQuestions, type ShardSpool, type SpooledShard } from './plan-spool.js';

const PLAN_ID_HEX_DIGITS = 16;
/** Shards written to the store at the same time. */
const UPLOADS = 8;
const ROWS_PER_HEARTBEAT = 1000;

export interface PlannerDependencies {
  readonly store: ObjectStore;
  readonly openInput: OpenInput;
  /** For files that live as long as the call. @default the system's */
  readonly temporaryDirectory?: string;
}

export interface PlanInput {
  readonly run: string;
  readonly resolved: {
    readonly recipe: {
      readonly sources: Recipe['sources'];
      readonly sourceChains?: Recipe['sourceChains'];
      readonly limits: Pick<Recipe['limits'], 'maxQuestions' | 'maxBadRows' | 'questionsPerShard'>;
      readonly cleaning?: Recipe['cleaning'];
    };
    readonly fingerprint: string;
    /** At least those that the recipe names. */
    readonly presets: SourcePresets;
    readonly benchmarks?: ResolvedRecipe['benchmarks'];
  };
}

/** How far a plan is. */
export interface PlanProgress {
  readonly rows: number;
  readonly shardsWritten: number;
}

export interface PlanContext {
  /** Called at least every 1,000 rows and with each shard. */
  readonly heartbeat: (progress: PlanProgress) => void;
  readonly signal: AbortSignal;
}

export interface Planner {
  /**
   * Reads all sources, drops broken rows, duplicates and what cleaning drops, shares limits.maxQuestions out, and writes the questions as shards, the manifest
   * last. The same inputs and recipe give the same plan under the same keys, so it is safe to run twice; a plan that is there already is
   * returned as it is. Memory: 34 to 69 bytes a question beside one shard and one chunk, and with near duplicates looked for 300 to
   * 600 more.
   * Throws SourceError for what the user has to mend, StoreError when the store fails, and the signal's reason when it is aborted.
   */
  planDataset(input: PlanInput, context: PlanContext): Promise<PlanManifest>;
}

export function createPlanner(dependencies: PlannerDependencies): Planner {
  return {
    async planDataset(input, context) {
      return withTemporaryDirectory(dependencies.temporaryDirectory ?? tmpdir(), 'cotmill-plan-', async (directory) => {
        const draft = await draftPlan({ ...dependencies, directory, ...input, context });
        return await publishPlan(dependencies.store, draft, { run: input.run, context });
      });
    },
  };
}

interface DraftOptions extends PlannerDependencies, PlanInput {
  readonly directory: string;
  readonly context: PlanContext;
}

/** A plan whose shards are local files. */
interface PlanDraft {
  readonly content: Omit<PlanManifest, 'schema' | 'planId' | 'run' | 'shards'>;
  readonly shards: readonly SpooledShard[];
}

async function draftPlan(options: DraftOptions): Promise<PlanDraft> {
  const { recipe, fingerprint, presets, benchmarks = {} } = options.resolved;
  const { openInput, directory } = options;
  const opening = { openInput, presets, chainSolutions: recipe.sourceChains ? 'optional' : 'needed' } as const;
  const sources = await Promise.all(recipe.sources.map((source) => openSource(source, opening)));
  const log = createPlanLog(recipe.limits.maxBadRows);
  const spool = createShardSpool(directory, recipe.limits.questionsPerShard);
  const onProgress = beatOf(log, options.context);
  const reading = { temporaryDirectory: directory, onProgress, signal: options.context.signal };
  const cleaner =
    recipe.cleaning && (await createQuestionCleaner(recipe.cleaning, { ...reading, openInput, benchmarks }));
  const readSource = createReadSource({ ...reading, log, cleaner });
  try {
    const planned: PlanSource[] = [];
    const shares = await sharesOf(sources, recipe.limits.maxQuestions, { readSource, directory });
    for (const share of shares) planned.push(await takeShare(share, spool, onProgress));
    if (spool.questions === 0) log.failWithoutQuestions();
    const content = {
      questions: spool.questions,
      sources: planned,
      faults: [...log.faults],
      duplicates: [...log.duplicates],
      ...cleaned(log, cleaner),
    };
    return { content: { fingerprint, ...content }, shards: await spool.finish() };
  } finally {
    cleaner?.close();
    spool.discard();
  }
}

/** What cleaning adds to a manifest; plans without it stay as they were. */
const cleaned = (log: PlanLog, cleaner: QuestionCleaner | undefined) => ({
  ...(cleaner?.findsNearDuplicates && { nearDuplicates: [...log.nearDuplicates] }),
  ...(cleaner?.benchmarks && { contaminated: [...log.contaminated], benchmarks: [...cleaner.benchmarks] }),
});

function beatOf(log: PlanLog, { heartbeat, signal }: PlanContext): () => void {
  return () => {
    signal.throwIfAborted();
    heartbeat({ rows: log.rows, shardsWritten: 0 });
  };
}

/** Questions of one source that go into the plan. */
interface SourceShare {
  readonly tally: SourceTally;
  readonly questions: AsyncIterable<QuestionRow>;
  /** Good questions found beyond its share. */
  readonly notNeeded: number;
}

/**
 * Without a limit to share, questions go from the source straight into shards. With one, the shares depend on how much each source has, so
 * its questions are put aside first, at most as many as the limit.
 */
async function sharesOf(
  sources: readonly OpenSource[],
  maxQuestions: number | undefined,
  { readSource, directory }: { readonly readSource: ReadSource; readonly directory: string },
): Promise<SourceShare[]> {
  const read = (open: OpenSource) =>
    readSource(open, Math.min(open.source.limit ?? Infinity, maxQuestions ?? Infinity));
  if (maxQuestions === undefined || sources.length === 1)
    return sources.map((open) => ({ ...read(open), notNeeded: 0 }));
  const aside: { tally: SourceTally; path: string; weight: number; available: number }[] = [];
  for (const [index, open] of sources.entries()) {
    const { tally, questions } = read(open);
    const path = join(directory, `source-${index}.jsonl.gz`);
    aside.push({ tally, path, weight: open.source.weight, available: await spoolQuestions(path, questions) });
  }
  const shares = shareOut(aside, maxQuestions);
  return aside.map(({ tally, path, available }, index) => {
    const share = shares[index] ?? 0;
    return { tally, questions: readSpooled(path, share), notNeeded: available - share };
  });
}

async function takeShare(share: SourceShare, spool: ShardSpool, beat: () => void): Promise<PlanSource> {
  let accepted = 0;
  let chains = 0;
  for await (const row of share.questions) {
    await spool.add(row);
    accepted += 1;
    chains += row.chains.length;
    if (accepted % ROWS_PER_HEARTBEAT === 0) beat();
  }
  return { ...share.tally, accepted, notNeeded: share.notNeeded, chains };
}

async function publishPlan(
  store: ObjectStore,
  draft: PlanDraft,
  { run, context }: { run: string; context: PlanContext },
): Promise<PlanManifest> {
  const contents = draft.shards.map(({ questions, sha256 }) => ({ questions, sha256 }));
  const planId = hash('sha256', canonicalJson([draft.content, contents]), 'hex').slice(0, PLAN_ID_HEX_DIGITS);
  const existing = await findPlanManifest(store, run, planId);
  if (existing !== undefined) return existing;
  await writeShards(store, draft, { context, keyOf: (index) => planShardKey(run, planId, index) });
  const shards = contents.map((shard, index) => ({ key: planShardKey(run, planId, index), ...shard }));
  const manifest: PlanManifest = { schema: 1, planId, run, shards, ...draft.content };
  await store.put(planManifestKey(run, planId), Buffer.from(`${JSON.stringify(manifest)}\n`));
  return manifest;
}

interface WriteOptions {
  readonly context: PlanContext;
  readonly keyOf: (index: number) => string;
}

async function writeShards(store: ObjectStore, draft: PlanDraft, { context, keyOf }: WriteOptions): Promise<void> {
  const rows = draft.content.sources.reduce((total, source) => total + source.rows, 0);
  const waiting = draft.shards.entries();
  let shardsWritten = 0;
  let failed = false;
  async function writeWaiting(): Promise<void> {
    for (const [index, shard] of waiting) {
      if (failed) return;
      context.signal.throwIfAborted();
      await store.put(keyOf(index), await readFile(shard.path));
      shardsWritten += 1;
      context.heartbeat({ rows, shardsWritten });
    }
  }
  const stopOthers = (error: unknown) => {
    failed = true;
    throw error;
  };
  const writers = Array.from({ length: UPLOADS }, () => writeWaiting().catch(stopOthers));
  // All writers have stopped before the caller deletes the files that they read.
  for (const outcome of await Promise.allSettled(writers)) if (outcome.status === 'rejected') throw outcome.reason;
}
