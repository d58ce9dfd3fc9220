import type { BuildMeasurement, FlightMeasurement } from './build-runs.js';
import type { Figure, Section, Target } from './build-table.js';

/** Memory of a build of thousands of questions compared with one of a thousand: more than this is growth. */
const FLAT_SHARE = 1.2;
/** In smaller builds the start of the worker, plan and assembly outweigh the questions: their CPU time is shown and not judged. */
const JUDGED_FROM_QUESTIONS = 1_000;

/** Figures of builds of several sizes, one column a size. */
export function buildSection(builds: readonly BuildMeasurement[]): Section {
  const figure = (name: string, value: (build: BuildMeasurement) => number, target?: Target): Figure => ({
    name,
    values: builds.map(value),
    ...(target && { target }),
  });
  const perThousand = (seconds: number, { questions }: BuildMeasurement): number => (seconds / questions) * 1_000;
  return {
    title: 'builds, no model latency',
    columns: builds.map(({ questions }) => `${questions.toLocaleString('en')} questions`),
    figures: [
      figure('questions/s', ({ questions, seconds }) => questions / seconds),
      figure('calls a question', ({ calls, questions }) => calls / questions),
      figure('accepted, share', ({ accepted, questions }) => accepted / questions),
      figure('failed questions', ({ failed }) => failed, { atMost: 0 }),
      {
        ...figure('worker CPU s / 1,000 questions', (build) => perThousand(build.cpuSeconds.worker, build), {
          atMost: 30,
        }),
        judged: builds.map(({ questions }) => questions >= JUDGED_FROM_QUESTIONS),
      },
      figure('server CPU s / 1,000 questions', (build) => perThousand(build.cpuSeconds.server, build)),
      figure('history events a question', ({ history }) => history.events, { atMost: 40 }),
      figure('history bytes a question', ({ history }) => history.bytes, { atMost: 7_000 }),
      figure('state transitions a question', ({ history }) => history.transitions, { atMost: 22 }),
      figure('peak memory of the worker, MB', ({ peakMegabytes }) => peakMegabytes, { atMost: 1_000 }),
      ...flatness(builds),
    ],
  };
}

/** Peak of the largest build over that of 1,000 questions, where both were measured. */
function flatness(builds: readonly BuildMeasurement[]): Figure[] {
  const thousand = builds.find(({ questions }) => questions === 1_000);
  if (!thousand) return [];
  return [
    {
      name: 'peak memory / that of 1,000',
      values: builds.map(({ questions, peakMegabytes }) =>
        questions > 1_000 ? peakMegabytes / thousand.peakMegabytes : undefined,
      ),
      target: { atMost: FLAT_SHARE },
    },
  ];
}

/** Figures of a build with many questions in flight. */
export function flightSection(flight: FlightMeasurement, wanted: number): Section {
  const figure = (name: string, value: number, target?: Target): Figure => ({
    name,
    values: [value],
    ...(target && { target }),
  });
  return {
    title: `${flight.questions.toLocaleString('en')} questions, calls of ${flight.latencyMs / 1_000} s`,
    columns: ['measured'],
    figures: [
      figure('questions in flight, most', flight.mostQuestionsInFlight, { atLeast: wanted }),
      figure('calls in flight, most', flight.mostCallsInFlight),
      figure('questions/s', flight.questions / flight.seconds),
      figure('calls a question', flight.calls / flight.questions),
      figure('failed questions', flight.failed, { atMost: 0 }),
      figure('activity retries', flight.retries, { atMost: 0 }),
      figure('workflow tasks failed', flight.failedTasks, { atMost: 0 }),
      figure('workflow tasks late', flight.lateTasks, { atMost: 0 }),
      figure('calls failed or paid twice', flight.callTroubles, { atMost: 0 }),
      figure('worker CPU s / 1,000 questions', (flight.cpuSeconds.worker / flight.questions) * 1_000),
      figure('server CPU s / 1,000 questions', (flight.cpuSeconds.server / flight.questions) * 1_000),
      figure('peak memory of the worker, MB', flight.peakMegabytes, { atMost: 1_000 }),
    ],
  };
}
