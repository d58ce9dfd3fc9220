import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import { parseDeployment } from '../../config/load.js';
import type { RecipeInput } from '../../config/recipe.js';
import { connectClient } from '../../workers/connection.js';
import { startRun } from '../../workers/run-client.js';
import { serve } from '../../workers/serve.js';
import { startRecordedTeacher } from '../fakes/recorded-teacher.js';
import { readLabelledRecording, type LabelledQuestion } from './labelled-recording.js';
import { readParquet } from './read-parquet.js';
import { temporalServer } from './servers.js';
import { temporaryDirectory } from './temporary-directory.js';

export interface RecordedBuildOptions {
  /** JSON Lines of the questions with their reference answers. */
  readonly questions: string;
  /** JSON Lines of the solutions with their labels. May be the same file. */
  readonly recording: string;
  /** How the rows of `questions` are read. */
  readonly source: Pick<RecipeInput['sources'][number], 'preset' | 'fields'>;
}

/** A chain of the built data set beside the label of the text that it carries. */
export interface LabelledChain {
  readonly question: string;
  readonly reference: string;
  readonly text: string;
  readonly extracted: string | null;
  readonly grade: string;
  readonly gradedBy: string;
  readonly outcome: string;
  readonly isCorrect: boolean;
}

export interface RecordedBuild {
  readonly summary: RunSummary;
  readonly chains: readonly LabelledChain[];
  /** Chains of the data set whose text is not in the recording: 0 unless a text was changed on its way. */
  readonly unknownTexts: number;
}

/** Builds a data set, with every part but the model the real one, from recorded solutions. */
export async function recordedBuild({ questions, recording, source }: RecordedBuildOptions): Promise<RecordedBuild> {
  const folder = temporaryDirectory('recorded');
  const labelled = readLabelledRecording(recording);
  copyFileSync(questions, join(folder.path, basename(questions)));
  const temporal = await temporalServer();
  const teacher = await startRecordedTeacher({ recording: labelled.map(withTexts) });
  const deployment = parseDeployment(
    {
      temporal: { address: temporal.address, namespace: 'default' },
      store: { kind: 'file', directory: join(folder.path, 'store') },
      inputs: { data: { kind: 'directory', directory: folder.path } },
      pools: { recorded: { model: 'recorded-teacher', endpoints: [{ url: teacher.url }] } },
    },
    'the recorded build',
  );
  try {
    const chains = Math.max(...labelled.map(({ solutions }) => solutions.length));
    const summary = await build(deployment, recipeOf(basename(questions), { source, chains }));
    const rows = await readParquet(join(folder.path, 'store', `datasets/recorded/v1/chains/*.parquet`));
    return { summary, ...labelledChains(rows as unknown as readonly BuiltRow[], labelled) };
  } finally {
    await teacher.close();
    await temporal.stop();
    folder.remove();
  }
}

async function build(deployment: Parameters<typeof serve>[0], recipe: RecipeInput): Promise<RunSummary> {
  const client = await connectClient(deployment.temporal);
  const serving = await serve(deployment, { environment: process.env });
  try {
    const handle = await startRun(client, { run: 'recorded', recipe });
    return (await handle.result()) as RunSummary;
  } finally {
    await serving.stop();
    await client.connection.close();
  }
}

/** One chain a recorded solution; the recorded judge says yes to everything, so that the rules alone tell right from wrong. */
function recipeOf(
  path: string,
  { source, chains }: { readonly source: RecordedBuildOptions['source']; readonly chains: number },
): RecipeInput {
  return {
    name: 'recorded',
    sources: [{ name: 'recorded', input: 'data', path, ...source }],
    teachers: [{ name: 'recorded', pool: 'recorded', chains, sampling: { temperature: 1, maxTokens: 4096 } }],
    validation: { minVerified: 1, maxChains: chains, judge: { pool: 'recorded' } },
    scoring: { pool: 'recorded' },
    alignment: { critic: { pool: 'recorded' }, rewriter: { pool: 'recorded' } },
  };
}

interface BuiltRow {
  readonly question: string;
  readonly answer: string;
  readonly thought: string | null;
  readonly solution: string | null;
  readonly extracted_answer: string | null;
  readonly solution_grade: string | null;
  readonly graded_by: string;
  readonly outcome: string;
}

const normalised = (text: string): string => text.replace(/\s+/g, ' ').trim();
const withTexts = ({ question, solutions }: LabelledQuestion) => ({
  question,
  solutions: solutions.map(({ text }) => text),
});

function labelledChains(rows: readonly BuiltRow[], recording: readonly LabelledQuestion[]) {
  const labels = new Map(
    recording.flatMap(({ question, solutions }) =>
      solutions.map(({ text, isCorrect }) => [`${normalised(question)}\n${normalised(text)}`, isCorrect] as const),
    ),
  );
  const chains = rows.flatMap((row): LabelledChain[] => {
    const isCorrect = labels.get(`${normalised(row.question)}\n${normalised(row.solution ?? '')}`);
    if (isCorrect === undefined) return [];
    return [
      {
        question: row.question,
        reference: row.answer,
        text: row.solution ?? '',
        extracted: row.extracted_answer,
        grade: row.solution_grade ?? 'none',
        gradedBy: row.graded_by,
        outcome: row.outcome,
        isCorrect,
      },
    ];
  });
  return { chains, unknownTexts: rows.length - chains.length };
}

export interface Agreement {
  readonly chains: number;
  readonly right: number;
  readonly acceptedRight: number;
  readonly acceptedWrong: number;
  readonly precision: number;
  readonly recall: number;
}

/** Chains taken for right against the labels: as the build ended (rules, and the judge where they do not decide), or by the rules alone. */
export function agreementOf(chains: readonly LabelledChain[], by: 'outcome' | 'rules'): Agreement {
  const right = chains.filter(({ isCorrect }) => isCorrect).length;
  const accepted = chains.filter(({ outcome, grade }) => (by === 'rules' ? grade === 'equal' : outcome === 'accepted'));
  const acceptedRight = accepted.filter(({ isCorrect }) => isCorrect).length;
  return {
    chains: chains.length,
    right,
    acceptedRight,
    acceptedWrong: accepted.length - acceptedRight,
    precision: acceptedRight / accepted.length,
    recall: acceptedRight / right,
  };
}

export const disagreements = (chains: readonly LabelledChain[]): readonly LabelledChain[] =>
  chains.filter(({ outcome, isCorrect }) => (outcome === 'accepted') !== isCorrect);
