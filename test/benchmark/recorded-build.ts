/**
 * A whole build over real questions with recorded solutions, its verdicts against the labels that came with them:
 *
 *   node dist/test/benchmark/recorded-build.js QUESTIONS.jsonl RECORDING.jsonl [--preset NAME] [--texts]
 *
 * Rows of QUESTIONS have the form of the preset, else `question` and `answer`. --texts prints the end of every disagreement's text.
 */
import { parseArgs } from 'node:util';
import {
  agreementOf,
  disagreements,
  recordedBuild,
  type Agreement,
  type LabelledChain,
} from '../support/recorded-build.js';

const SHOWN_CHARS = 300;
const SHOWN_ANSWER_CHARS = 80;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { preset: { type: 'string' }, texts: { type: 'boolean', default: false } },
});
const [questions, recording] = positionals;
if (questions === undefined || recording === undefined)
  throw new Error('expected QUESTIONS.jsonl and RECORDING.jsonl as arguments');

const startedAt = Date.now();
const source =
  values.preset === undefined ? { fields: { question: 'question', answer: 'answer' } } : { preset: values.preset };
const { summary, chains, unknownTexts } = await recordedBuild({ questions, recording, source });

console.log(`built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
console.log(`questions ${JSON.stringify(summary.questions)}`);
console.log(`chains    ${JSON.stringify(summary.chains)}`);
console.log(`labelled  ${chains.length} chains; texts not in the recording: ${unknownTexts}`);
printAgreement('the rules alone', agreementOf(chains, 'rules'));
printAgreement('rules, then a judge that says yes', agreementOf(chains, 'outcome'));
console.log(`decided   ${tally(chains.map(({ grade, gradedBy }) => `${grade} by ${gradedBy}`))}`);
const differing = disagreements(chains);
console.log(`${differing.length} disagreements`);
for (const chain of differing) console.log(describe(chain));

function printAgreement(by: string, { precision, recall, acceptedRight, acceptedWrong, right }: Agreement): void {
  const accepted = acceptedRight + acceptedWrong;
  console.log(
    `${by}: precision ${precision.toFixed(4)} (${acceptedRight} of ${accepted} accepted), recall ${recall.toFixed(4)} (${acceptedRight} of ${right} labelled right)`,
  );
}

function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${word} ${count}`).join(', ');
}

function describe({
  question,
  reference,
  extracted,
  grade,
  gradedBy,
  outcome,
  isCorrect,
  text,
}: LabelledChain): string {
  const label = isCorrect ? 'right' : 'wrong';
  const flat = (long: string): string => long.replace(/\s+/g, ' ');
  return [
    `- ${outcome}, labelled ${label}: answer ${JSON.stringify(extracted?.slice(0, SHOWN_ANSWER_CHARS) ?? null)}, reference ${JSON.stringify(reference)} (${grade} by ${gradedBy})`,
    `  ${flat(question).slice(0, 120)}`,
    ...(values.texts ? [`  ... ${flat(text).slice(-SHOWN_CHARS)}`] : []),
  ].join('\n');
}
