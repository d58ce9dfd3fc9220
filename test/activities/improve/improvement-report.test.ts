import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderImprovement, type ImprovementSoFar } from '../../../activities/improve/improvement-report.js';
import { roundExamples } from '../../../activities/improve/round-examples.js';
import { roundChoiceKey, roundExamplesKey } from '../../../activities/improve/round-names.js';
import type { DatasetManifest } from '../../../activities/dataset/manifest.js';
import type { ImprovementPage } from '../../../activities/report/improvement-data.js';
import { createFileStore } from '../../../activities/store/file-store.js';
import { choiceOf, examplesOf, exploredRows, improvementData } from '../../fakes/improvement.js';
import { publishRows } from '../../fakes/report-rows.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { roundResult, scoreOf } from '../../workflows/improve/fake-rounds.js';

const directory = temporaryDirectory('improvement-report');
afterAll(() => directory.remove());

describe('the examples of a round, from what it explored', () => {
  const rows = exploredRows(40);
  const store = createFileStore(directory.path);
  let manifest: DatasetManifest;
  beforeAll(async () => {
    manifest = await publishRows(directory.path, rows);
  });

  const made = (variant: 'sft' | 'dpo') => roundExamples(store, examplesOf({ variant, rows, scores: [] }, manifest, 2));

  it('are the same when they are made again', async () => {
    expect(JSON.stringify(await made('dpo'))).toBe(JSON.stringify(await made('dpo')));
  });

  it('have some of every reason, each with its round in its name, and texts where they are shown', async () => {
    const { questions } = await made('sft');
    const choice = choiceOf({ variant: 'sft', rows });
    const shown = questions.map(({ question }) => question);
    expect(new Set(shown.map(({ reason }) => reason))).toEqual(
      new Set(['chosen', ...Object.keys(choice.questionsLeftOut)]),
    );
    const chains = shown.flatMap((question) => question.chains);
    expect(new Set(chains.map(({ reason }) => reason))).toEqual(
      new Set(['chosen', 'too-easy', ...Object.keys(choice.chainsLeftOut)]),
    );
    expect(shown.every(({ id, learning }) => id.endsWith('-r2') && learning?.round === 2)).toBe(true);
    const hidden = chains.filter(({ kept }) => kept?.thought.text === '');
    expect(hidden.length).toBeGreaterThan(0);
    expect(hidden.every(({ reason, kept }) => reason !== 'chosen' && (kept?.thought.cut ?? 0) > 0)).toBe(true);
    for (const { question } of questions)
      expect(question.chains.filter(({ reason }) => reason === 'wrong').length).toBeLessThan(4);
  });

  it('are bounded: the rounds of a recipe share the size of a report', async () => {
    const long = exploredRows(40).map(({ question, chains }) => ({
      question,
      chains: chains.map((chain) => ({ ...chain, thought: 'word '.repeat(10_000) })),
    }));
    const other = temporaryDirectory('improvement-long');
    try {
      const published = await publishRows(other.path, long);
      const round = examplesOf({ variant: 'sft', rows: long, scores: [] }, published, 1);
      const size = async (maxRounds: number) =>
        JSON.stringify(await roundExamples(createFileStore(other.path), { ...round, maxRounds })).length;
      expect(await size(20)).toBeLessThan(6_000_000 / 20 + 100_000);
      expect(await size(1)).toBeLessThan(1_600_000);
    } finally {
      other.remove();
    }
  });
});

describe('what the page of an improvement is given', () => {
  let page: ImprovementPage;
  beforeAll(async () => {
    const stop = { reason: 'too-little-new' as const, words: 'it found nothing' };
    const rounds = { variant: 'dpo' as const, rows: exploredRows(), scores: [0.5, 0.6, null] };
    page = await improvementData(directory.path, { ...rounds, found: { stop, approval: true } });
  });

  it('has each round with who explored, what is learnt and why the rest is not', () => {
    const { rounds, ended, waitsForApproval } = page.improvement;
    expect(rounds.map(({ explorer }) => explorer)).toEqual([
      'small v1',
      'small-r1 v1-00000000',
      'small-r2 v1-00000000',
    ]);
    expect(rounds[2]).toMatchObject({ training: null, student: null });
    const choice = choiceOf({ variant: 'dpo', rows: exploredRows() });
    for (const part of rounds) {
      expect(part.rolloutsLeftOut).toEqual(
        Object.entries(choice.chainsLeftOut)
          .map(([reason, entry]) => ({ reason, count: entry.count }))
          .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1)),
      );
      expect(part.chosen[0]?.rejected).not.toBeNull();
      expect(part.chosen[0]?.questionId).toMatch(new RegExp(`-r${part.round}$`));
    }
    expect([ended?.reason, waitsForApproval]).toEqual(['too-little-new', false]);
  });

  it('has scores with intervals and tokens, each round beside the imitation and all rounds before it', () => {
    const [evaluation] = page.improvement.evaluations;
    expect(evaluation?.scores.map(({ round, passAt1, meanTokens }) => [round, passAt1?.value, meanTokens])).toEqual([
      [0, 0.4, 120.4],
      [1, 0.5, 120.4],
      [2, 0.6, 120.4],
    ]);
    expect(evaluation?.comparisons.map(({ model, baseline }) => `${model} ${baseline}`)).toEqual([
      'small-r1 small',
      'small-r2 small',
      'small-r2 small-r1',
    ]);
  });

  it('lists what can be opened first', () => {
    const ids = new Set(page.sample.questions.map(({ id }) => id));
    for (const { chosen } of page.improvement.rounds)
      for (const { questionId, text } of chosen) expect(ids.has(questionId)).toBe(text !== null);
  });
});

describe('report.html of an improvement', () => {
  const imitation = { name: 'small', version: 'v1' };
  const found: ImprovementSoFar = {
    ...{ run: 'run', imitation, imitationScores: [scoreOf('small', 0.4)], comparisons: [], best: imitation },
    ...{ rounds: [roundResult(1, 0.5)], approval: true },
  };

  it('has the same bytes when it is written again', async () => {
    const store = createFileStore(directory.path);
    const rows = exploredRows();
    const manifest = await publishRows(directory.path, rows);
    const { reasons: _reasons, ...choice } = choiceOf({ variant: 'sft', rows });
    const examples = await roundExamples(store, examplesOf({ variant: 'sft', rows, scores: [] }, manifest, 1));
    await store.put(roundChoiceKey('run', 1), Buffer.from(JSON.stringify(choice)));
    await store.put(roundExamplesKey('run', 1), Buffer.from(JSON.stringify(examples)));
    const html = await renderImprovement(store, found);
    expect(html).toContain('Long thought');
    expect(await renderImprovement(store, found)).toBe(html);
  });

  it('is written also of rounds whose files are gone', async () => {
    const empty = temporaryDirectory('improvement-empty');
    try {
      expect(await renderImprovement(createFileStore(empty.path), found)).toContain('"run":"run"');
    } finally {
      empty.remove();
    }
  });
});
