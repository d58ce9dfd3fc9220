/**
 * Builds against endpoints and a store that misbehave, at full size, and prints what it cost. Ends with 1 when something was lost.
 *
 *   node dist/test/faults/endpoint.js [--scenarios noisy,ceiling,down,key,store] [--questions 120] [--down 120]
 */
import { parseArgs } from 'node:util';
import { endpointDown, endpointWithCeiling, noisyEndpoint, wrongKey } from './endpoint-scenarios.js';
import { storeDown } from './store-scenarios.js';

const { values } = parseArgs({
  options: {
    scenarios: { type: 'string', default: 'noisy,ceiling,down,key,store' },
    questions: { type: 'string', default: '120' },
    down: { type: 'string', default: '120' },
  },
});
const questions = Number(values.questions);

/** Figures to print, and whether nothing was lost or made up. */
interface Finding {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly good: boolean;
}

const scenarios: Readonly<Record<string, () => Promise<Finding>>> = {
  async noisy() {
    const { summary, published, stats, answers, rows, seconds } = await noisyEndpoint({ questions });
    const whole = published.questions === questions && published.failed + published.duplicates === 0;
    return {
      figures: { questions: summary.questions, responses: stats.byStatus, answers, rows, seconds },
      good: whole && answers.madeUp.length === 0 && Object.keys(rows.faults).length === 0,
    };
  },
  async ceiling() {
    const { summary, ...figures } = await endpointWithCeiling({ questions, latencyMs: 1_000, expectedCalls: 0 });
    return { figures: { ...figures, ...summary.questions }, good: summary.questions.failed === 0 };
  },
  async down() {
    const { summary, published, ...figures } = await endpointDown({ questions, downMs: Number(values.down) * 1000 });
    const whole = published.questions === questions && published.failed + published.duplicates === 0;
    return {
      figures: { ...figures, downSeconds: Number(values.down), ...summary.questions },
      good: whole && figures.answersDuring === 0,
    };
  },
  async key() {
    const { mended, ...figures } = await wrongKey({ questions });
    return {
      figures: { ...figures, afterMending: mended.questions },
      good: figures.burnt === 0 && mended.questions.total === questions && mended.questions.failed === 0,
    };
  },
  async store() {
    const { published, ...figures } = await storeDown({ questions, downMs: 10_000 });
    const whole = published.questions === questions && published.failed + published.duplicates === 0;
    return { figures: { ...figures, questions: published.questions }, good: whole && figures.recordsLost === 0 };
  },
};

for (const name of values.scenarios.split(',')) {
  const scenario = scenarios[name];
  if (!scenario) throw new Error(`--scenarios: expected some of ${Object.keys(scenarios).join(',')}, got "${name}"`);
  const { figures, good } = await scenario();
  console.log(`${name}: ${good ? 'nothing lost' : 'NOT AS IT MUST BE'}\n${JSON.stringify(figures, null, 2)}`);
  if (!good) process.exitCode = 1;
}
