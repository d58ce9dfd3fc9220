import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageData } from '../../activities/report/page-data.js';
import { fakeQuestion, type FakeQuestion } from '../fakes/report-rows.js';
import { openBrowser } from '../support/browser.js';
import { reportFile, watchedPage, type WatchedPage } from '../support/report-pages.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { ALL_PLANTED as all, foreign, INERT, planted, PLANTED } from './planted.js';

/** A question for each planted text, with the text in every place where somebody else's words may stand. */
const rows: readonly FakeQuestion[] = Object.entries(PLANTED).map(([name, text], index) =>
  fakeQuestion(
    name,
    {
      question: `${text} question`,
      answer: `${text} answer`,
      domain: text,
      source: text,
      source_path: text,
      source_licence: text,
      source_row_id: text,
      ...(index % 2 === 1 && { outcome: 'rejected', reason: text }),
    },
    [
      {
        teacher: text,
        model: text,
        scorer: text,
        revision_by: 'extend',
        rounds: 1,
        ratings: ['easy', 'medium'],
        thought: `${text} kept thought`,
        solution: `${text} kept solution`,
        original_thought: `${text} first thought`,
        original_solution: `${text} first solution`,
        extracted_answer: text,
        text_model: `${text} 2`,
      },
      { teacher: text, outcome: 'rejected', reason: text, detail: text, thought: all, solution: text },
    ],
  ),
);

function withTrails(data: PageData): PageData {
  const trail = {
    revisions: [
      {
        chain: 0,
        by: all,
        grade: all,
        reasoningValid: true,
        solutionValid: true,
        rating: all,
        rv: 1,
        cd: 1,
        isKept: true,
      },
    ],
    calls: [
      {
        ...{ step: 1, ask: all, chain: 0, role: all, pool: all, model: all, corrective: false, inputTokens: 1 },
        ...{ outputTokens: 1, cost: 1, latencyMs: 1, finishReason: all, key: all },
      },
    ],
  };
  const overview = {
    ...data.overview,
    name: all,
    description: all,
    settings: { ...data.overview.settings, student: all },
    provenance: { ...data.overview.provenance, models: [{ pool: all, model: all, uses: [all] }] },
  };
  const questions = data.sample?.questions.map((question) => ({ ...question, trail })) ?? [];
  return { ...data, overview, sample: data.sample && { ...data.sample, questions } };
}

describe('texts of models and recipes in the page', () => {
  const directory = temporaryDirectory('hostile');
  let browser: Browser;
  let watched: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
    watched = await watchedPage(browser, await reportFile(directory.path, rows, withTrails));
    page = watched.page;
  });
  afterAll(async () => {
    await browser.close();
    directory.remove();
  });

  it('the overview shows them as text', async () => {
    expect(await page.locator('main').innerText()).toContain('<script>window.planted = 1; alert(1)</script>');
    expect(await foreign(page)).toEqual(INERT);
  });

  it('the title and the list show them as text', async () => {
    expect(await page.title()).toContain('<script>');
    await page.getByRole('link', { name: 'Explorer' }).click();
    await expect.poll(() => page.locator('.rows li').count()).toBe(rows.length);
    expect(await foreign(page)).toEqual(INERT);
  });

  it.each(Object.keys(PLANTED).map((name, index) => [name, index] as const))(
    '%s is inert wherever it stands',
    async (_name, index) => {
      await page.locator('.rows a').nth(index).click();
      const article = page.locator('article.question');
      await page.locator('article.question, .detail .warning').first().waitFor();
      expect(await page.locator('.detail .warning').allInnerTexts()).toEqual([]);
      await article.evaluate((opened) => {
        for (const details of opened.querySelectorAll('details')) details.open = true;
      });
      for (const name of ['Original', 'Kept text', 'Changes'])
        for (const button of await article.getByRole('button', { name }).all()) await button.click();
      await article.locator('*').first().hover();
      await page.keyboard.press('Tab');
      expect(await article.innerText()).toContain('question');
      expect(await foreign(page)).toEqual(INERT);
      expect(await planted(page)).toBe(false);
    },
  );

  it('chains with such teachers and reasons can be filtered by them', async () => {
    await page.getByRole('button', { name: 'Chains' }).click();
    await page.getByLabel('Reason').selectOption(PLANTED['a script'] ?? '');
    await expect.poll(() => page.locator('.rows li').count()).toBe(1);
    await page.getByRole('searchbox').fill('<img src=x');
    expect(await foreign(page)).toEqual(INERT);
  });

  it('an address with markup in it is read as a filter and nothing more', async () => {
    await page.evaluate(
      (text) =>
        (location.hash = `#/explore?text=${encodeURIComponent(text)}&open=${encodeURIComponent(text)}&kind=x&rvMin=9e9`),
      all,
    );
    await page.getByText('is not in the sample of this file').waitFor();
    expect(await foreign(page)).toEqual(INERT);
  });

  it('nothing ran, nothing was loaded, nothing was said: no dialog, no error, no request', async () => {
    expect(await planted(page)).toBe(false);
    expect(watched.deeds).toEqual([]);
  });

  it('the policy refuses scripts, markup and requests even if the page itself were tricked', async () => {
    const tricked = await watchedPage(browser, await reportFile(directory.path, rows.slice(0, 1)));
    const failed: string[] = [];
    tricked.page.on('requestfailed', (request) => failed.push(request.failure()?.errorText ?? 'no reason'));
    const outcome = await tricked.page.evaluate(async () => {
      const tried: string[] = [];
      const attempt = async (name: string, deed: () => unknown): Promise<void> => {
        try {
          await deed();
        } catch (error) {
          tried.push(`${name}: ${(error as Error).name}`);
        }
      };
      await attempt('markup', () => (document.body.innerHTML = '<b>x</b>'));
      await attempt('script text', () => (document.createElement('script').text = 'window.planted = 1'));
      await attempt('fetch', () => fetch('http://127.0.0.1:9/'));
      const refused = new Promise((resolve) =>
        document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
          if (effectiveDirective === 'img-src') resolve(effectiveDirective);
        }),
      );
      const image = document.createElement('img');
      image.src = 'http://127.0.0.1:9/x.png';
      document.body.append(image);
      return { tried, refused: await refused };
    });
    expect(outcome.tried).toEqual(['markup: TypeError', 'script text: TypeError', 'fetch: TypeError']);
    expect(outcome.refused).toBe('img-src');
    expect(failed).toEqual(['csp']);
    expect(await tricked.page.evaluate(() => 'planted' in globalThis)).toBe(false);
    await tricked.page.context().close();
  });
});
