import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetManifest } from '../dataset/manifest.js';
import { addQuestions, tableFiles } from '../report/dataset-report.js';
import { questionDetail, type QuestionRows } from '../report/details.js';
import type { RolloutPoint } from '../report/improvement-data.js';
import type { ChainDetail, ChainTextPair, QuestionDetail, QuestionLearning, ShownText } from '../report/page-data.js';
import { createSampler, SAMPLE_TEXT_CHARS, type SampledQuestion } from '../report/sample.js';
import { openTables } from '../report/tables.js';
import { versionFiles } from '../report/version-files.js';
import type { ObjectStore } from '../store/object-store.js';
import { withTemporaryDirectory } from '../temporary-directory.js';
import type { DpoChoice, SftChoice } from './choose-chains.js';
import type { ExploredQuestion } from './explored.js';
import {
  exampleIds,
  examplesPerKind,
  markRound,
  rolloutPoints,
  shownRollouts,
  type MarkedQuestion,
  type RoundMarks,
} from './round-marks.js';

/** Characters of all texts of a report of the most rounds that a recipe asks for, and of one round at most. */
const REPORT_CHARS = 6_000_000;
const ROUND_CHARS = 1_500_000;

/** What a round's part of the report shows beside its counts: the only file of an improvement with texts. */
export interface RoundExamples {
  readonly schema: 1;
  readonly points: readonly RolloutPoint[];
  readonly questions: readonly SampledQuestion[];
}

export interface ExamplesOfRound {
  readonly explored: readonly ExploredQuestion[];
  readonly choice: SftChoice | DpoChoice;
  /** Of what was explored. */
  readonly manifest: DatasetManifest;
  readonly told: Pick<QuestionLearning, 'round' | 'student' | 'run' | 'hard'>;
  /** Rounds that the recipe allows: they share the size of a report. */
  readonly maxRounds: number;
}

/**
 * Questions of a round with some of every reason, and the texts of what is learnt and of the first rollout of each other reason. Follows from its input
 * alone; memory is that of the sample. Throws StoreError, PublishedFileDamaged.
 */
export async function roundExamples(store: ObjectStore, round: ExamplesOfRound): Promise<RoundExamples> {
  const { manifest, explored, choice, maxRounds } = round;
  const marks = markRound(explored, choice);
  const sampler = createSampler({
    chars: Math.min(ROUND_CHARS, Math.floor(REPORT_CHARS / maxRounds)),
    perKind: examplesPerKind,
    detail: (rows) => learningDetail(rows, marks, round),
  });
  return withTemporaryDirectory(tmpdir(), 'cotmill-examples-', async (directory) => {
    const files = versionFiles({ store, manifest, cacheDirectory: join(directory, 'files') });
    const tables = await openTables(await tableFiles(files), { temporaryDirectory: directory });
    try {
      await addQuestions(sampler, { tables, files, ids: exampleIds(marks) }, (rows) => withFates(rows, marks));
    } finally {
      tables.close();
    }
    return { schema: 1, points: rolloutPoints(marks), questions: sampler.finish() };
  });
}

/** In the places of how build and chain ended: what the round made of them. Pure. */
function withFates({ question, chains }: QuestionRows, marks: RoundMarks): QuestionRows {
  const marked = marks.get(question.question_id);
  const end = (fate: string) => ({
    outcome: fate === 'chosen' ? ('accepted' as const) : ('rejected' as const),
    reason: fate,
  });
  return {
    question: { ...question, ...end(marked?.fate ?? 'unusable') },
    chains: chains.map((chain) => ({ ...chain, ...end(marked?.rollouts.get(chain.chain_index)?.fate ?? 'unusable') })),
  };
}

/** The page's form of a question of a round, which is named by both. Pure. */
export function learningDetail(
  rows: QuestionRows,
  marks: RoundMarks,
  { told, choice }: Pick<ExamplesOfRound, 'told' | 'choice'>,
): QuestionDetail {
  const detail = questionDetail(rows, SAMPLE_TEXT_CHARS);
  const marked = marks.get(detail.id) ?? { ...NOTHING, questionId: detail.id };
  const rollouts = [...marked.rollouts.values()].map(({ verdict }) => verdict);
  const shown = shownRollouts(marked);
  return {
    ...detail,
    id: `${detail.id}-r${told.round}`,
    chains: detail.chains.map((chain) => rolloutDetail(chain, marked, { told, isShown: shown.has(chain.index) })),
    learning: {
      ...told,
      right: rollouts.filter((verdict) => verdict === 'right').length,
      decided: rollouts.filter((verdict) => verdict !== 'undecided' && verdict !== 'unusable').length,
      band: choice.variant === 'sft' ? choice.perplexity : null,
      pairs: marked.pairs,
    },
  };
}

const NOTHING: Omit<MarkedQuestion, 'questionId'> = { fate: 'all-left-out', rollouts: new Map(), pairs: [] };

function rolloutDetail(
  chain: ChainDetail,
  { rollouts, pairs }: MarkedQuestion,
  { told, isShown }: { readonly told: ExamplesOfRound['told']; readonly isShown: boolean },
): ChainDetail {
  const rollout = rollouts.get(chain.index);
  const places = pairs.flatMap(({ chosen, rejected }, index) =>
    chain.index === chosen || chain.index === rejected ? [`pair ${index + 1}`] : [],
  );
  return {
    ...chain,
    teacher: `round ${told.round}`,
    picked: places,
    ...(isShown ? {} : { kept: withoutText(chain.kept), original: withoutText(chain.original) }),
    learning: { verdict: rollout?.verdict ?? 'unusable', perplexity: rollout?.perplexity ?? null },
  };
}

const withoutText = (pair: ChainTextPair | null): ChainTextPair | null =>
  pair && { thought: onlyLength(pair.thought), solution: onlyLength(pair.solution) };
const onlyLength = ({ text, cut }: ShownText): ShownText => ({ text: '', cut: text.length + cut });
