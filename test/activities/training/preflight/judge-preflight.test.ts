import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgePreflight, type JudgedReport } from '../../../../activities/training/preflight/judge-preflight.js';
import type { ContaminationReport, RowsReport } from '../../../../activities/training/preflight/preflight-report.js';
import { Student } from '../../../../config/student.js';
import { goodRows } from './reports.js';

const limits = (changes: object = {}) => ({ preflight: Student.shape.preflight.parse(changes) });
const judged = (rows: RowsReport, contamination: ContaminationReport | null = null): JudgedReport => ({
  base: { kind: 'model', name: 'qwen7b' },
  rows,
  contamination,
});
const reasons = (...[report, given = limits()]: [JudgedReport, Parameters<typeof judgePreflight>[1]?]) =>
  judgePreflight(report, given).reasons;

const CONTAMINATION: ContaminationReport = {
  benchmarks: [{ evaluations: ['math'], benchmark: 'math500', questions: 500 }],
  rows: 3,
  methods: { exact: 1, ngram: 2, indel: 0 },
  found: [{ question: 'a'.repeat(32), benchmark: 'math500', row: 7, method: 'exact', value: 1 }],
};

describe('what speaks against a training', () => {
  it('is nothing when everything holds', () => {
    expect(judgePreflight(judged(goodRows(), { ...CONTAMINATION, rows: 0, found: [] }), limits())).toEqual({
      ok: true,
      reasons: [],
      notes: [],
    });
  });

  it.each<[string, JudgedReport, string]>([
    [
      'a template that deletes thoughts',
      judged(goodRows({ samples: { rendered: 0, trained: 0, trainedWhenCut: 0 } })),
      'the chat template of qwen7b removes the thought (0 of 64 samples keep it, expected all): give models.qwen7b.chatTemplate, or a view with thought: still2',
    ],
    [
      'a template of a student that deletes thoughts',
      { ...judged(goodRows({ samples: { rendered: 3, trained: 3 } })), base: { kind: 'student', name: 'first' } },
      'give a chatTemplate to the model that first was trained from, or a view with thought: still2',
    ],
    [
      'thoughts outside of the loss',
      judged(goodRows({ samples: { trained: 10, trainedWhenCut: 10 } })),
      'the thought is not in the loss (10 of 64 samples have it there, expected all)',
    ],
    [
      'doubled tags',
      judged(goodRows({ samples: { doubledTags: 64 } })),
      'the tags of the thought stand twice in 64 of 64 samples, expected none',
    ],
    [
      'rows that the trainer can not prepare',
      judged(goodRows({ template: { fault: 'RuntimeError: no assistant tokens' }, samples: { trained: 0 } })),
      "the rows can't be prepared for qwen7b (RuntimeError: no assistant tokens), expected a chat template that takes them",
    ],
    [
      'rows that are cut',
      judged(goodRows({ cut: { maxLength: 4096, rows: 30, withoutAnswer: 2 } })),
      'maxLength 4096 cuts 3% of the rows (30 of 1000; 2 lose their whole answer), expected at most 2%: raise settings.maxLength (95% of the rows have at most 900 tokens, the longest 5000)',
    ],
    ['rows that teach nothing', judged(goodRows({ withoutLoss: 1000 })), 'nothing is learnt from any of the 1000 rows'],
    [
      'equal pairs',
      judged(goodRows({ method: 'dpo', equalPairs: 1 })),
      '1 of 1000 pairs have two equal answers, expected at most 0%',
    ],
    [
      'questions of a benchmark',
      judged(goodRows(), CONTAMINATION),
      '3 rows of the training set ask what an evaluation asks (math500: 1 the same words, 2 by shared n-grams, 0 nearly the same text), expected at most 0: drop such questions with cleaning.decontamination, or raise preflight.maxContaminatedRows',
    ],
  ])('%s', (_name, report, reason) => {
    const verdict = judgePreflight(report, limits());
    expect(verdict.ok).toBe(false);
    expect(verdict.reasons).toHaveLength(1);
    expect(verdict.reasons[0]).toContain(reason);
  });

  it('is memory where that of a GPU is known', () => {
    const rows = goodRows({ memory: { total: 150_000 } });
    expect(reasons(judged(rows))).toEqual([]);
    expect(reasons(judged(rows), { ...limits(), gpuMemoryMiB: 150_000 })).toEqual([]);
    expect(reasons(judged(rows), { ...limits(), gpuMemoryMiB: 143_771 })[0]).toMatch(
      /^the training takes about 146\.5 GiB of GPU memory \(.*expected at most 140\.4 GiB: set settings\.gradientCheckpointing/,
    );
  });

  it('is everything at once, in one list', () => {
    const samples = { rendered: 0, trained: 0, doubledTags: 1 };
    const rows = goodRows({ samples, cut: { rows: 1000 }, equalPairs: 5, memory: { total: 9e6 } });
    expect(reasons(judged(rows, CONTAMINATION), { ...limits(), gpuMemoryMiB: 1 })).toHaveLength(6);
  });

  it('is weighed by the limits of the student', () => {
    const share = fc.integer({ min: 0, max: 1000 });
    const property = fc.property(share, share, share, (cut, equal, contaminated) => {
      const rows = goodRows({ cut: { rows: cut }, equalPairs: equal });
      const given = limits({ maxCutShare: 0.5, maxEqualPairs: 0.25, maxContaminatedRows: 500 });
      const found = reasons(judged(rows, { ...CONTAMINATION, rows: contaminated }), given);
      const expected = Number(cut > 500) + Number(equal > 250) + Number(contaminated > 500);
      expect(found).toHaveLength(expected);
    });
    fc.assert(property);
  });

  it('is told apart from what people should know', () => {
    const rows = goodRows({
      rows: { total: 50_000 },
      samples: { otherPrompt: 64 },
      withoutLoss: 2,
      model: { contextLength: 2048 },
      memory: { traced: false },
    });
    const verdict = judgePreflight(judged(rows), { ...limits(), gpuMemoryMiB: 1e6 });
    expect(verdict.ok).toBe(true);
    expect(verdict.notes.map((note) => note.split(' ').slice(0, 4).join(' '))).toEqual([
      'no evaluation is named:',
      'figures are drawn out',
      '64 of 64 samples',
      '2 of 1000 rows',
      'rows are longer than',
      'memory of activations is',
    ]);
    expect(judgePreflight({ ...judged(rows), rows: null }, limits()).notes[0]).toContain('rows were not looked at');
  });
});
