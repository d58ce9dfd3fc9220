import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishedInput } from '../../../activities/report/dataset-report.js';
import { questionDetail } from '../../../activities/report/details.js';
import { openExplorer, type Explorer } from '../../../activities/report/explorer.js';
import {
  listChains,
  listQuestions,
  NO_FILTER,
  readFilter,
  writeFilter,
  type ExplorerFilter,
} from '../../../activities/report/explorer-filter.js';
import { renderReport } from '../../../activities/report/render-report.js';
import { createSampler } from '../../../activities/report/sample.js';
import { fakeQuestion, type FakeQuestion } from '../../fakes/report-rows.js';
import { openRows } from '../../support/report-pages.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const OUTCOMES = ['accepted', 'rejected', 'failed'] as const;
const RATINGS = [[], ['medium'], ['easy', 'medium'], ['hard', 'easy', 'medium']];

/** Questions of every kind, with one to three chains. */
const rows: readonly FakeQuestion[] = Array.from({ length: 41 }, (_, n) =>
  fakeQuestion(
    `Q${n}`,
    {
      outcome: OUTCOMES[n % 3] ?? 'failed',
      reason: [null, 'too-few-verified', 'lost'][n % 3] ?? null,
      source: n % 2 === 0 ? 'even' : 'odd',
      domain: n % 5 === 0 ? null : 'Algebra',
    },
    Array.from({ length: 1 + (n % 3) }, (_unused, index) => ({
      outcome: OUTCOMES[(n + index) % 3] ?? 'failed',
      reason: [null, 'wrong-solution', 'lost'][(n + index) % 3] ?? null,
      teacher: index % 2 === 0 ? 'slow' : 'fast',
      rv: n % 7 === 0 ? null : (n + index) % 10,
      cd: n % 7 === 0 ? null : (n * 3) % 10,
      ratings: RATINGS[(n + index) % 4] ?? [],
      difficulty_before: RATINGS[(n + index) % 4]?.[0] ?? null,
      difficulty_after: RATINGS[(n + index) % 4]?.at(-1) ?? null,
      revision_by: (['teacher', 'extend', 'source'] as const)[n % 3] ?? 'teacher',
    })),
  ),
);

const optional = (...values: readonly string[]) => fc.constantFrom('', ...values);
const level = fc.option(fc.nat({ max: 9 }), { nil: null, freq: 1 });
const filters: fc.Arbitrary<ExplorerFilter> = fc.record({
  kind: fc.constantFrom('questions', 'chains'),
  text: fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    fc.constantFrom('q1', 'HOW many', 'nobody', "'", '%', '$text'),
    fc.constant(rows[3]?.question.question_id.slice(0, 6) ?? ''),
    fc.constant(rows[5]?.chains[0]?.chain_id.slice(0, 6) ?? ''),
  ),
  outcome: optional(...OUTCOMES),
  reason: optional('too-few-verified', 'wrong-solution', 'lost'),
  source: optional('even', 'odd'),
  domain: optional('Algebra', 'algebra'),
  teacher: optional('slow', 'fast'),
  firstRating: optional('easy', 'hard'),
  lastRating: optional('medium'),
  rvMin: level,
  rvMax: level,
  cdMin: level,
  cdMax: level,
});

describe('the explorer over the tables of a version', () => {
  const directory = temporaryDirectory('explorer');
  let explorer: Explorer;
  let opened: Awaited<ReturnType<typeof openRows>>;
  const details = rows.map((row) => questionDetail(row, 100_000));

  beforeAll(async () => {
    opened = await openRows(directory.path, rows);
    explorer = await openExplorer(opened);
  });
  afterAll(() => {
    explorer.close();
    directory.remove();
  });

  it('lists the same as the page does from a sample of everything, whatever the filter', async () => {
    await fc.assert(
      fc.asyncProperty(filters, fc.constantFrom(0, 50), async (filter, offset) => {
        if (filter.kind === 'chains')
          expect(await explorer.chains(filter, offset)).toEqual(listChains(details, filter, offset));
        else expect(await explorer.questions(filter, offset)).toEqual(listQuestions(details, filter, offset));
      }),
      { numRuns: 60 },
    );
  });

  it('opens a question with all its chains, and knows when there is none', async () => {
    for (const detail of [details[0], details[17], details[40]])
      expect(await explorer.open(detail?.id ?? '')).toEqual(detail);
    expect(await explorer.open('nobody')).toBeUndefined();
  });

  it('has a sample that follows from the questions alone: streamed in any order, or chosen by SQL', async () => {
    const { sample } = await publishedInput(opened);
    const sampler = createSampler();
    for (const [ordinal, row] of [...rows.entries()].reverse()) sampler.add(row, ordinal);
    expect(sampler.finish()).toEqual(sample);
    const reasons = new Set(sample.map(({ question }) => question.reason));
    expect(reasons).toEqual(new Set([null, 'too-few-verified', 'lost']));
    expect(sample.length).toBeLessThan(rows.length + 1);
  });

  it('writes the same bytes again, and in another place', async () => {
    const elsewhere = temporaryDirectory('elsewhere');
    const first = await renderReport(await publishedInput(opened));
    const second = await renderReport(await publishedInput(await openRows(elsewhere.path, rows)));
    elsewhere.remove();
    expect(second).toBe(first);
  });
});

describe('the filter in an address', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(readFilter(new URLSearchParams(writeFilter(filter)))).toEqual(filter);
      }),
    );
  });

  it('takes anything and never fails', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (fields) => {
        expect(Object.keys(readFilter(new URLSearchParams(fields)))).toEqual(Object.keys(NO_FILTER));
      }),
    );
  });
});
