import type { EvaluationResult } from '../activities/evaluation/evaluation-result.js';
import type { GateResult } from '../activities/experiment/experiment-summary.js';
import type { TrainedStudent } from '../activities/models/model-manifest.js';
import type { TrainingSummary } from '../activities/selection/training-summary.js';
import type { RunEnd } from './run-end.js';

/** A line of a CI system's list of tests. */
interface TestCase {
  /** Such as `gates`. */
  readonly part: string;
  readonly name: string;
  /** Left out: it passed. */
  readonly fault?: { readonly kind: 'failure' | 'error' | 'skipped'; readonly message: string };
  readonly output?: string;
}

/**
 * A run in the form of JUnit, which every CI system shows: one suite, with a case each for the run itself, its data set, training sets, students,
 * evaluations and gates. What the run did not come to is not in it: its own case then says why. Pure; well-formed XML 1.0 for any text.
 */
export function junitXml(end: RunEnd): string {
  const cases = casesOf(end);
  const count = (kind: string): number => cases.filter(({ fault }) => fault?.kind === kind).length;
  const counts = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
  const time = `time="${secondsOf(end).toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts} ${time}>`,
    `  <testsuite name=${quoted(`cotmill ${end.run}`)} ${counts} ${time} timestamp=${quoted(end.startedAt)}>`,
    ...propertyLines(end),
    ...cases.flatMap((each) => caseLines(end.run, each)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

const secondsOf = ({ startedAt, endedAt }: RunEnd): number =>
  endedAt === null ? 0 : Math.max(0, (Date.parse(endedAt) - Date.parse(startedAt)) / 1000);

function propertyLines({ files, exitCode }: RunEnd): string[] {
  const found = Object.entries({ exitCode: String(exitCode), ...files }).filter(([, value]) => value !== null);
  const lines = found.map(([name, value]) => `      <property name=${quoted(name)} value=${quoted(String(value))}/>`);
  return ['    <properties>', ...lines, '    </properties>'];
}

function casesOf(end: RunEnd): TestCase[] {
  const { summary, gates } = end;
  if (!summary) return [runCase(end)];
  return [
    runCase(end),
    datasetCase(summary),
    ...(summary.trainingSets ?? []).map(trainingCase),
    ...(summary.experiment?.students ?? []).map(studentCase),
    ...(summary.experiment?.evaluations ?? []).map(evaluationCase),
    ...gates.map(gateCase),
  ];
}

function runCase({ run, state, note }: RunEnd): TestCase {
  const about = { part: 'run', name: run };
  if (state === 'completed') return about;
  if (state === 'running') return { ...about, fault: { kind: 'skipped', message: 'the run is still at work' } };
  return { ...about, fault: { kind: 'error', message: `${state}: ${note ?? 'no reason is known'}` } };
}

function datasetCase({ dataset, questions, chains, calls, cost }: NonNullable<RunEnd['summary']>): TestCase {
  return {
    part: 'build',
    name: `data set ${dataset.name}`,
    output: [
      `${dataset.name} ${dataset.version} (${dataset.published}): ${dataset.manifestKey}`,
      `questions ${questions.total}: ${questions.accepted} accepted, ${questions.rejected} rejected, ${questions.failed} failed`,
      `chains ${chains.total}: ${chains.accepted} accepted`,
      `calls ${calls.new} new, ${calls.reused} reused, ${calls.repeated} repeated; cost ${cost.toFixed(4)}`,
    ].join('\n'),
  };
}

const trainingCase = ({ name, version, chains, questions, manifestKey, shortfall }: TrainingSummary): TestCase => ({
  part: 'selection',
  name: `training set ${name}`,
  output: [
    `${name} ${version}: ${manifestKey}`,
    `${chains} chains for ${questions} questions`,
    ...(shortfall === null ? [] : [`missing: ${shortfall}`]),
  ].join('\n'),
});

const studentCase = ({ name, version, method, manifestKey, result }: TrainedStudent): TestCase => ({
  part: 'training',
  name: `student ${name}`,
  output: [
    `${name} ${version} (${method}): ${manifestKey}`,
    `${result.steps} steps, ${result.rows} rows, ${result.tokens} tokens, loss ${result.loss ?? 'unknown'}, ${result.seconds.toFixed(0)} s`,
  ].join('\n'),
});

function evaluationCase(result: EvaluationResult): TestCase {
  const { evaluation, model, passAt1, problems, scored, samples, summaryKey } = result;
  const about = { part: 'evaluation', name: `${evaluation} ${model}` };
  if (!passAt1)
    return { ...about, fault: { kind: 'failure', message: `none of ${samples} answers was scored: ${summaryKey}` } };
  const { value, low, high } = passAt1;
  return {
    ...about,
    output: `pass@1 ${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)} at 95 %) on ${problems} problems, ${scored} of ${samples} answers scored: ${summaryKey}`,
  };
}

const gateCase = ({ gate, passed, found }: GateResult): TestCase => ({
  part: 'gates',
  name: gate,
  ...(passed ? { output: found } : { fault: { kind: 'failure' as const, message: `missed: ${found}` } }),
});

function caseLines(run: string, { part, name, fault, output }: TestCase): string[] {
  const open = `    <testcase classname=${quoted(`${run}.${part}`)} name=${quoted(name)} time="0"`;
  if (fault) {
    const message = `message=${quoted(fault.message.split('\n')[0] ?? '')}`;
    const body =
      fault.kind === 'skipped'
        ? `<skipped ${message}/>`
        : `<${fault.kind} type="cotmill" ${message}>${escaped(fault.message)}</${fault.kind}>`;
    return [`${open}>`, `      ${body}`, '    </testcase>'];
  }
  return output === undefined
    ? [`${open}/>`]
    : [`${open}>`, `      <system-out>${escaped(output)}</system-out>`, '    </testcase>'];
}

/** What XML 1.0 can not hold, however it is written: most control characters, halves of characters, and two more. */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
/** A carriage return by itself would become a line break. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

const escaped = (text: string): string =>
  text.replace(NOT_XML, '\u{FFFD}').replace(/[&<>"\r]/g, (character) => ENTITIES[character] ?? '');
/** Line breaks and tabs of an attribute would become spaces, were they not written as references. */
const quoted = (text: string): string =>
  `"${escaped(text).replace(/[\t\n]/g, (character) => `&#${character.charCodeAt(0)};`)}"`;
