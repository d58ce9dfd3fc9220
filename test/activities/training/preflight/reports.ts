import type { RowsReport } from '../../../../activities/training/preflight/preflight-report.js';

type Changes = {
  readonly [Field in keyof RowsReport]?: RowsReport[Field] extends object
    ? Partial<RowsReport[Field]>
    : RowsReport[Field];
};

/** What is found of 1,000 rows without a fault, and what a test changes of it. */
export function goodRows(changes: Changes = {}): RowsReport {
  const { model, template, rows, samples, lengths, cut, tokens, memory, ...plain } = changes;
  return {
    schema: 1,
    method: 'sft',
    withoutLoss: 0,
    equalPairs: null,
    steps: 375,
    seconds: null,
    ...plain,
    model: { type: 'qwen2', parameters: 7_615_616_512, trainable: 7_615_616_512, contextLength: 32_768, ...model },
    template: { sha256: 'c'.repeat(64), origin: 'model', fault: null, ...template },
    rows: { total: 1000, read: 1000, ...rows },
    samples: {
      ...{ looked: 64, withThought: 64, rendered: 64, trained: 64, trainedWhenCut: 64 },
      ...{ doubledTags: 0, otherPrompt: 0 },
      ...samples,
    },
    lengths: { mean: 500.5, p10: 100, p50: 450, p90: 800, p95: 900, p99: 1500, max: 5000, ...lengths },
    cut: { maxLength: 4096, rows: 1, withoutAnswer: 0, ...cut },
    tokens: { epoch: 500_000, total: 1_500_000, loss: 450_000, ...tokens },
    memory: {
      ...{ weights: 29_051, gradients: 29_051, optimizer: 58_103, reference: 0, activations: 1748, temporary: 6268 },
      ...{ total: 124_221, traced: true },
      ...memory,
    },
  };
}
