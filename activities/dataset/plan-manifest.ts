import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { fiveDigits } from '../numbered-name.js';
import type { QuestionRow } from '../sources/question-row.js';
import type { ObjectStore } from '../store/object-store.js';

const unzip = promisify(gunzip);

const Count = z.int().min(0);
/** 0 to 1. */
const Share = z.number().min(0).max(1);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const QuestionId = z.string().regex(/^[0-9a-f]{32}$/);

const Shard = z.strictObject({
  key: z.string(),
  questions: Count,
  /** Of the shard's JSON lines before compression: gzip of another machine may have other bytes. */
  sha256: Sha256,
});
/** One shard of a plan. */
export type PlanShard = z.infer<typeof Shard>;

const Place = z.strictObject({ source: z.string(), path: z.string(), row: z.int().positive() });

/** `sha256` stands where the whole file passed through the plan. */
const File = z.strictObject({ path: z.string(), bytes: Count, sha256: Sha256.optional() });

const Source = z.strictObject({
  name: z.string(),
  /** Of the Hub: `owner/name`, and the commit that all files are of. */
  dataset: z.string().optional(),
  revision: z.string().optional(),
  /** Rows read, blank lines not counted: accepted + notNeeded + badRows + duplicates + nearDuplicates + contaminated + passedOver. */
  rows: Count,
  /** Questions of the plan. */
  accepted: Count,
  /** Good questions that limits.maxQuestions left out. */
  notNeeded: Count,
  badRows: Count,
  duplicates: Count,
  /** Left out where the recipe does not look for them. */
  nearDuplicates: Count.optional(),
  contaminated: Count.optional(),
  /** Rows that the source is not to take; left out where it takes all. */
  passedOver: Count.optional(),
  /** Source chains that could not be read; their rows are not bad. */
  badChains: Count,
  /** Source chains of the accepted questions. */
  chains: Count,
  files: z.array(File),
});
export type PlanSource = z.infer<typeof Source>;

/** A question that nearly repeats the earlier one `firstId`. */
const NearDuplicate = z.strictObject({
  id: QuestionId,
  firstId: QuestionId,
  first: Place,
  dropped: Place,
  /** Jaccard similarity of the shingles. */
  similarity: Share,
});

/** A question that a benchmark has: ids and hashes, no text. */
const Contaminated = z.strictObject({
  id: QuestionId,
  dropped: Place,
  benchmark: z.string(),
  /** Of the benchmark question: where it stands, and the hash of its text. */
  benchmarkPath: z.string(),
  benchmarkRow: z.int().positive(),
  benchmarkId: QuestionId,
  method: z.enum(['exact', 'ngram', 'indel']),
  /** Overlap of the n-grams or Indel similarity. */
  value: Share,
});

const BenchmarkRead = z.strictObject({
  name: z.string(),
  questions: Count,
  /** Questions that the benchmark has; null: unknown. */
  size: Count.nullable(),
  dataset: z.string().optional(),
  revision: z.string().optional(),
  files: z.array(File),
});

export const PlanManifest = z.strictObject({
  schema: z.literal(1),
  planId: z.string().regex(/^[0-9a-f]{16}$/),
  run: z.string(),
  /** Of the resolved recipe. */
  fingerprint: z.string(),
  questions: Count,
  shards: z.array(Shard),
  sources: z.array(Source),
  /** The first ones; the sources have the counts. */
  faults: z.array(Place.extend({ kind: z.enum(['bad row', 'bad chain']), message: z.string() })),
  /** The first ones: where the question was read first, and where again. */
  duplicates: z.array(z.strictObject({ id: QuestionId, first: Place, dropped: Place })),
  /** The first ones, where the recipe looks for them. */
  nearDuplicates: z.array(NearDuplicate).optional(),
  contaminated: z.array(Contaminated).optional(),
  /** What the questions were compared with. */
  benchmarks: z.array(BenchmarkRead).optional(),
});
/** What a plan is; written after all of its shards, so a plan that has one is whole. */
export type PlanManifest = z.infer<typeof PlanManifest>;

const Row = z.strictObject({
  id: QuestionId,
  question: z.string(),
  answer: z.string().nullable(),
  domain: z.string().nullable(),
  chains: z.array(z.strictObject({ key: Sha256, teacher: z.string(), thought: z.string(), solution: z.string() })),
  metadata: z.string().optional(),
  tests: z.string().optional(),
  provenance: z.strictObject({
    source: z.string(),
    dataset: z.string().optional(),
    path: z.string(),
    row: z.int().positive(),
    rowId: z.string().nullable(),
    revision: z.string().nullable(),
    licence: z.string().nullable(),
  }),
}) satisfies z.ZodType<QuestionRow>;

/** Thrown when the store holds no such plan, or bytes that are not what was written. Trying again does not help: plan the run anew. */
export class PlanCorrupt extends Error {
  override name = 'PlanCorrupt';
}

const planPrefix = (run: string, planId: string): string => `plans/${run}/${planId}`;
export const planManifestKey = (run: string, planId: string): string => `${planPrefix(run, planId)}/manifest.json`;
export const planShardKey = (run: string, planId: string, index: number): string =>
  `${planPrefix(run, planId)}/shard-${fiveDigits(index)}.jsonl.gz`;

/** The manifest of a plan, or undefined when there is none (yet). Throws PlanCorrupt when the object is no manifest of this plan. */
export async function findPlanManifest(
  store: ObjectStore,
  run: string,
  planId: string,
): Promise<PlanManifest | undefined> {
  const key = planManifestKey(run, planId);
  const bytes = await store.get(key);
  if (bytes === undefined) return undefined;
  const manifest = parsed(PlanManifest, Buffer.from(bytes).toString('utf8'), `${key} in ${store.description}`);
  if (manifest.planId !== planId)
    throw new PlanCorrupt(`${key} in ${store.description} is the manifest of plan ${manifest.planId}.`);
  return manifest;
}

/** The manifest of a plan. Throws PlanCorrupt when there is none. */
export async function readPlanManifest(store: ObjectStore, run: string, planId: string): Promise<PlanManifest> {
  const manifest = await findPlanManifest(store, run, planId);
  if (manifest === undefined)
    throw new PlanCorrupt(
      `No plan ${planId} of run ${run} in ${store.description}: expected ${planManifestKey(run, planId)}.`,
    );
  return manifest;
}

/** The questions of a shard, each checked. With `sha256` in the reference the bytes are compared too. Throws PlanCorrupt. */
export async function readShard(
  store: ObjectStore,
  shard: { readonly key: string; readonly sha256?: string },
): Promise<QuestionRow[]> {
  const where = `${shard.key} in ${store.description}`;
  const bytes = await store.get(shard.key);
  if (bytes === undefined) throw new PlanCorrupt(`There is no shard ${where}.`);
  const lines = await unzip(bytes).catch((cause: unknown) => {
    throw new PlanCorrupt(`The shard ${where} is not readable gzip.`, { cause });
  });
  const found = createHash('sha256').update(lines).digest('hex');
  if (shard.sha256 !== undefined && shard.sha256 !== found)
    throw new PlanCorrupt(`The shard ${where} has the SHA-256 ${found}, expected ${shard.sha256}.`);
  return linesOf(lines).map((line, index) => parsed(Row, line.toString('utf8'), `${where}, line ${index + 1}`));
}

/** Line by line: a whole shard may be longer than a string can be. */
function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

function parsed<Value>(schema: z.ZodType<Value>, json: string, where: string): Value {
  try {
    return schema.parse(JSON.parse(json));
  } catch (cause) {
    throw new PlanCorrupt(`${where} is not what a plan holds there.`, { cause });
  }
}
