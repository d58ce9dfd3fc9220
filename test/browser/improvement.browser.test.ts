import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImprovementOverview, ImprovementPage } from '../../activities/report/improvement-data.js';
import type { QuestionDetail } from '../../activities/report/page-data.js';
import { exploredRows, improvementFile } from '../fakes/improvement.js';
import { fakeQuestion } from '../fakes/report-rows.js';
import { openBrowser } from '../support/browser.js';
import { watchedPage, type WatchedPage } from '../support/report-pages.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { lowContrast } from './low-contrast.js';
import { ALL_PLANTED as all, foreign, INERT, planted, PLANTED } from './planted.js';

describe('the report of a self-improvement', () => {
  const directory = temporaryDirectory('improvement');
  let browser: Browser;
  let url: string;
  let watched: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
    const improvement = { variant: 'dpo' as const, rows: exploredRows(30), scores: [0.5, 0.62] };
    url = await improvementFile(directory.path, { ...improvement, found: { approval: true } });
    watched = await watchedPage(browser, url);
    page = watched.page;
  });
  afterAll(async () => {
    await browser.close();
    directory.remove();
  });

  const card = (name: string) => page.getByRole('region', { name, exact: true });
  const rowsOf = async (name: string): Promise<string[]> =>
    (await card(name).locator('tbody').last().locator('tr').allInnerTexts()).map((row) => row.replace(/\s+/g, ' '));

  it('says where it stands, and what can be said to it', async () => {
    expect(await page.locator('#standing').innerText()).toBe(
      'Waits for approval after round 2. cotmill approve run begins round 3, cotmill approve run --end ends it here.',
    );
    const ended = { stop: { reason: 'round-limit' as const, words: '1 of at most 1 rounds are done' } };
    const over = await improvementFile(directory.path, {
      ...{ variant: 'sft', rows: exploredRows(), scores: [0.5], found: ended },
    });
    const other = await watchedPage(browser, over);
    expect(await other.page.locator('#standing').innerText()).toBe(
      'Ended: round-limit. 1 of at most 1 rounds are done.',
    );
    expect(await other.page.getByText('A chosen chain has a perplexity of').count()).toBe(1);
    await other.page.context().close();
  });

  it('has the table of rounds, and scores beside the imitation and every earlier round', async () => {
    expect(await rowsOf('Rounds')).toEqual([
      '0, imitation only - - - - - - the seed small v1',
      '1 50 119 60 59.7 % 22 pairs 3 60 rows small-r1 v1-00000000',
      '2 50 119 60 59.7 % 22 pairs 3 80 rows small-r2 v1-00000000',
    ]);
    const scores = await rowsOf('Scores on held-out');
    expect(scores[0]).toMatch(/^imitation: small 40.0 35.0 to 45.0 120 100/);
    expect(scores[2]).toMatch(/^round 2: small-r2 62.0 57.0 to 67.0 120 100 \+10.0 \(.2.0 to \+20.0\) \+10.0/);
    expect(await card('Scores on held-out').locator('strong.better').count()).toBe(2);
    expect(await card('Scores on held-out').locator('svg[role=img]').count()).toBe(1);
  });

  it('opens the newest round, and the others when they are asked for', async () => {
    expect(await page.locator('.round[open]').getAttribute('data-round')).toBe('2');
    expect(await page.locator('[data-round="1"] .round-body *').count()).toBe(0);
    await page.locator('[data-round="1"] > summary').click();
    await page.locator('[data-round="1"] [data-chosen] tbody tr').first().waitFor();
  });

  it('counts what was left out by reason, and leads to examples of each', async () => {
    const reasons = page.locator('[data-round="2"]').getByRole('link', { name: 'truncated' });
    await reasons.click();
    await page.locator('#list-status', { hasText: /of \d+ chains/ }).waitFor();
    expect(await page.getByLabel('Round').inputValue()).toBe('round 2');
    expect(await page.getByLabel('What became of it').inputValue()).toBe('truncated');
    expect(new Set(await page.locator('.rows .badge').allInnerTexts())).toEqual(new Set(['truncated']));
    await page.locator('.rows a').first().click();
    expect(await page.locator('.chain[open] .why').innerText()).toMatch(/^Left out: the token limit cut it/);
  });

  it('shows a pair side by side, with length, perplexity and texts', async () => {
    await page.getByRole('link', { name: 'Rounds' }).click();
    await page.locator('[data-round="2"] .excerpt').first().click();
    await page.locator('article.question').waitFor();
    expect(await page.locator('#why').innerText()).toMatch(/^Learnt in round 2: 1 pair\. small-r1 v1 made/);
    const sides = await page.locator('.pair .side').allInnerTexts();
    expect(sides[0]).toMatch(/Chosen: chain 1\s+right, perplexity [\d.]+, \d+ tokens\s+Thought\s+Long thought/);
    expect(sides[1]).toMatch(/Rejected: chain 2\s+wrong, perplexity [\d.]+, \d+ tokens\s+Thought\s+Wrong thought/);
    const [left, right] = await page.locator('.pair .side').all();
    expect((await left?.boundingBox())?.y).toBe((await right?.boundingBox())?.y);
    expect(await page.locator('article').getByText('cotmill inspect run-r2 --question').count()).toBe(1);
  });

  it('finds a question by its id in every round', async () => {
    const id = (await page.locator('article h2 code').innerText()).slice(0, 8);
    await page.goto('about:blank');
    await page.goto(`${url}#/explore?text=${id}`);
    await page.locator('#list-status', { hasText: '1 to 2 of 2 questions' }).waitFor();
  });

  it.each(['light', 'dark'] as const)('has enough contrast where the system is %s', async (colorScheme) => {
    const themed = await watchedPage(browser, url, { colorScheme });
    expect(await lowContrast(themed.page)).toEqual([]);
    await themed.page.locator('.excerpt').first().click();
    await themed.page.locator('.pair').waitFor();
    expect(await lowContrast(themed.page)).toEqual([]);
    await themed.page.context().close();
  });

  it('fits a phone: nothing is wider than the screen, and the sides of a pair stand below each other', async () => {
    const phone = await watchedPage(browser, url, { viewport: { width: 390, height: 844 } });
    const overflow = () => phone.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(await overflow()).toBe(0);
    await phone.page.locator('.excerpt').first().click();
    await phone.page.locator('.pair').waitFor();
    expect(await overflow()).toBe(0);
    const [left, right] = await phone.page.locator('.pair .side').all();
    expect((await right?.boundingBox())?.x).toBe((await left?.boundingBox())?.x);
    expect(phone.deeds).toEqual([]);
    await phone.page.context().close();
  });

  it('asked nobody for anything', () => {
    expect(watched.deeds.filter((deed) => !deed.includes('about:blank'))).toEqual([]);
  });
});

/** Every word of a value but ids, fates and what the page decides by, as planted ones. */
function hostile(overview: ImprovementOverview): ImprovementOverview {
  const left = [{ reason: all, count: 3 }];
  return {
    ...{ ...overview, run: all, imitation: all, best: `${all} v1`, cotmill: all },
    ended: { reason: all, words: all },
    rounds: overview.rounds.map((part) => ({
      ...{ ...part, explorer: all, run: all, dataset: all, choiceKey: all },
      ...{ training: { set: all, rows: 1 }, questionsLeftOut: left, rolloutsLeftOut: left },
      student: { name: all, method: all, base: all, steps: 1, loss: 1, seconds: 1 },
      chosen: part.chosen.map((row) => ({ ...row, text: all })),
    })),
    evaluations: overview.evaluations.map((evaluation) => ({
      ...evaluation,
      ...{ name: all, benchmark: all },
      scores: evaluation.scores.map((score) => ({ ...score, model: `${all} ${score.round}` })),
      comparisons: evaluation.comparisons.map((one) => ({ ...one, model: `${all} 2`, baseline: `${all} 0` })),
    })),
  };
}

const hostileQuestion = (question: QuestionDetail): QuestionDetail => ({
  ...question,
  ...(question.learning && { learning: { ...question.learning, student: all, run: all } }),
  chains: question.chains.map((chain) => ({ ...chain, learning: { verdict: all, perplexity: 1 } })),
});

describe('texts of students and recipes in the report of a self-improvement', () => {
  const directory = temporaryDirectory('hostile-improvement');
  const rows = Object.entries(PLANTED).map(([name, text]) =>
    fakeQuestion(name, { question: text, answer: text, domain: text, source: text, source_path: text }, [
      { thought: text, solution: text, model: text, extracted_answer: text },
      {
        ...{ outcome: 'rejected', reason: 'wrong-solution', thought: `${text} wrong`, solution: all, detail: text },
        ...{ extracted_answer: text, solution_grade: 'different', model: text },
      },
    ]),
  );
  let browser: Browser;
  let watched: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
    const change = (data: ImprovementPage): ImprovementPage => ({
      ...{ ...data, improvement: hostile(data.improvement) },
      sample: { ...data.sample, questions: data.sample.questions.map(hostileQuestion) },
    });
    const improvement = { variant: 'dpo' as const, rows, scores: [0.5, 0.6] };
    watched = await watchedPage(browser, await improvementFile(directory.path, improvement, change));
    page = watched.page;
  });
  afterAll(async () => {
    await browser.close();
    directory.remove();
  });

  it('the tables show them as text', async () => {
    expect(await page.title()).toContain('<script>');
    for (const round of await page.locator('.round:not([open]) > summary').all()) await round.click();
    await page.locator('[data-round="1"] [data-chosen] tbody tr').first().waitFor();
    expect(await page.locator('main').innerText()).toContain('<script>window.planted = 1; alert(1)</script>');
    expect(await foreign(page)).toEqual(INERT);
  });

  it('each is inert as a question and on both sides of a pair', async () => {
    await page.getByRole('link', { name: 'Examples' }).click();
    await page.getByLabel('Round').selectOption('round 1');
    await expect.poll(() => page.locator('.rows li').count()).toBe(rows.length);
    for (const row of await page.locator('.rows a').all()) {
      await row.click();
      await page.locator('.pair').waitFor();
      await page.locator('article.question').evaluate((opened) => {
        for (const details of opened.querySelectorAll('details')) details.open = true;
      });
      await page.locator('.pair').hover();
      expect(await foreign(page)).toEqual(INERT);
      expect(await planted(page)).toBe(false);
    }
  });

  it('nothing ran, nothing was loaded, nothing was said: no dialog, no error, no request', async () => {
    expect(await planted(page)).toBe(false);
    expect(watched.deeds).toEqual([]);
  });
});
