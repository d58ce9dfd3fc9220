import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chooseForDpo, chooseForSft } from '../../activities/improve/choose-chains.js';
import type { ExploredQuestion } from '../../activities/improve/explored.js';
import { improvementPage, type ImprovementSoFar } from '../../activities/improve/improvement-report.js';
import { verdictOf } from '../../activities/improve/read-explored.js';
import { roundExamples } from '../../activities/improve/round-examples.js';
import type { DatasetManifest } from '../../activities/dataset/manifest.js';
import type { ImprovementPage } from '../../activities/report/improvement-data.js';
import { pageAssets } from '../../activities/report/page-assets.js';
import { pageHtml } from '../../activities/report/page-html.js';
import { createFileStore } from '../../activities/store/file-store.js';
import { roundResult, scoreOf } from '../workflows/improve/fake-rounds.js';
import { fakeQuestion, publishRows, type FakeQuestion } from './report-rows.js';

const HARD = { low: 0, high: 0.75 };

/** Rollouts of a student as an exploration leaves them: some right, some wrong, one cut, one without an answer. */
export const exploredRows = (count = 12): FakeQuestion[] =>
  Array.from({ length: count }, (_, n) =>
    fakeQuestion(`Q${n}`, { question: `Question ${n}: how much is $\\frac{${n}}{2}$?` }, [
      { thought: `Short thought ${n}.`, text_tokens: 40 + n },
      { thought: `Long thought ${n}. ${'Once more. '.repeat(10 + n)}`, text_tokens: 200 + 10 * n },
      ...Array.from({ length: n % 4 }, (_unused, at) => ({
        ...{ outcome: 'rejected' as const, reason: 'wrong-solution', solution_grade: 'different' as const },
        ...{ extracted_answer: '6', thought: `Wrong thought ${n}, ${at}.`, text_tokens: 60 + at },
      })),
      ...(n % 3 === 0 ? [{ outcome: 'rejected' as const, reason: 'truncated', solution: null, text_tokens: 256 }] : []),
      ...(n % 5 === 0 ? [{ outcome: 'rejected' as const, reason: 'unparsed', solution: null }] : []),
    ]),
  );

/** Perplexities that follow from the place of a rollout. */
export const exploredOf = (rows: readonly FakeQuestion[]): ExploredQuestion[] =>
  rows.map(({ question, chains }) => ({
    questionId: question.question_id,
    domain: question.domain,
    rollouts: chains.map((chain, index) => ({
      chainId: chain.chain_id,
      chainIndex: chain.chain_index,
      verdict: verdictOf(chain),
      thoughtId: `${chain.thought}`,
      tokens: chain.text_tokens,
      perplexity: 1.1 + 0.3 * index + (Number.parseInt(question.question_id.slice(0, 2), 16) % 10) / 10,
    })),
  }));

export interface FakeImprovement {
  readonly variant: 'sft' | 'dpo';
  readonly rows: readonly FakeQuestion[];
  /** Of each round; null: it found too little. */
  readonly scores: readonly (number | null)[];
  readonly found?: Partial<ImprovementSoFar>;
}

/** The choice of the first round, by the rules of the loop. */
export function choiceOf({ variant, rows }: Pick<FakeImprovement, 'variant' | 'rows'>) {
  const explored = exploredOf(rows);
  const quantiles = { low: 0, high: 0.9 };
  return variant === 'sft'
    ? chooseForSft(explored, { passRate: HARD, chainsPerQuestion: 1, perplexityQuantiles: quantiles })
    : chooseForDpo(explored, { passRate: HARD, pairsPerQuestion: 1, truncatedIsWrong: false });
}

/** What the examples of a round are made of, with its data set published below a directory. */
export const examplesOf = (improvement: FakeImprovement, manifest: DatasetManifest, round: number) => ({
  explored: exploredOf(improvement.rows),
  choice: choiceOf(improvement),
  manifest,
  told: { round, student: round === 1 ? 'small v1' : `small-r${round - 1} v1`, run: `run-r${round}`, hard: HARD },
  maxRounds: 3,
});

/** What the page about an improvement is given, every round of which explored and chose the same. */
export async function improvementData(directory: string, improvement: FakeImprovement): Promise<ImprovementPage> {
  const manifest = await publishRows(directory, improvement.rows);
  const store = createFileStore(directory);
  const choice = choiceOf(improvement);
  const found = choice.variant === 'sft' ? choice.chains.length : choice.pairs.length;
  const { variant, rollouts, right, passRate, hardLeft } = choice;
  const rounds = improvement.scores.map((score, index) =>
    roundResult(index + 1, score, { variant, rollouts, right, passRate, hardLeft, found }),
  );
  const names = ['small', ...rounds.flatMap(({ student }) => student?.name ?? [])];
  const comparisons = names.flatMap((model, at) =>
    names.slice(0, at).map((baseline) => ({
      ...{ evaluation: 'held-out', model, baseline, difference: { value: 0.1 * at - 0.1, low: -0.02, high: 0.2 } },
      ...{ pValue: 0.01, isLargerThanNoise: at > 1, problems: 100, visible: 0.05 },
    })),
  );
  const files = await Promise.all(
    rounds.map(async ({ round }) => ({
      choice,
      examples: await roundExamples(store, examplesOf(improvement, manifest, round)),
    })),
  );
  const imitation = { name: 'small', version: 'v1' };
  const imitationScores = [scoreOf('small', 0.4)];
  const soFar = { run: 'run', imitation, imitationScores, rounds, comparisons, approval: false, best: imitation };
  return improvementPage({ ...soFar, ...improvement.found }, files);
}

/** The report of an improvement as a file. `change` edits what the page is given. */
export async function improvementFile(
  directory: string,
  improvement: FakeImprovement,
  change: (data: ImprovementPage) => ImprovementPage = (data) => data,
): Promise<string> {
  const data = change(await improvementData(directory, improvement));
  const path = join(directory, `improvement-${improvement.variant}.html`);
  writeFileSync(path, pageHtml(data, await pageAssets()));
  return pathToFileURL(path).href;
}
