import { createHash } from 'node:crypto';
import { canonicalJson } from '../../config/canonical-json.js';
import { contentVersion } from '../../config/content-versions.js';
import { roundName, type SelfImprove } from '../../config/self-improve.js';
import type { Student, StudentInput } from '../../config/student.js';
import type { ModelManifest, ModelRef } from '../models/model-manifest.js';
import type { TrainingRef } from '../selection/training-set.js';
import type { RoundInput, RoundTraining } from './round-plan.js';

/** Of 64 that a name may have, what a round's ending takes. */
const MAX_NAME = 60;
/** Of the name of a run, `-r20` and a hash taken. */
const MAX_RUN = 50;
const HASH_DIGITS = 8;

export const hashOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

const cut = (name: string, length: number): string => name.slice(0, length).replace(/[^a-z0-9]+$/, '');

/** Name of the run that explores for a round. Two long names of runs do not meet. Pure. */
export function exploreRunName(run: string, round: number): string {
  const short =
    run.length <= MAX_RUN ? run : `${cut(run, MAX_RUN - HASH_DIGITS - 1)}-${hashOf(run).slice(0, HASH_DIGITS)}`;
  return roundName(short, round);
}

/** The training set of a round, named by what it follows from. Pure. */
export const roundTraining = (trainingSet: string, round: number, sha256: string): TrainingRef => ({
  name: roundName(cut(trainingSet, MAX_NAME), round),
  version: contentVersion('v1', sha256),
});

/** Where what a round chose is kept, whether it trains or not. */
const roundFolder = (run: string, round: number): string => `runs/${run}/improvement/round-${round}`;

/** Counts of a choice with its reasons, the same for people, and what the report shows of single questions. */
export const roundChoiceKey = (run: string, round: number): string => `${roundFolder(run, round)}/choice.json`;
export const roundReportKey = (run: string, round: number): string => `${roundFolder(run, round)}/choice.md`;
export const roundExamplesKey = (run: string, round: number): string => `${roundFolder(run, round)}/examples.json`;

/** The rounds so far as Markdown. */
export const improvementTableKey = (run: string): string => `runs/${run}/improvement/table.md`;

/** The same as JSON. */
export const improvementRoundsKey = (run: string): string => `runs/${run}/improvement/rounds.json`;

/** The page about the rounds so far, with examples. */
export const improvementReportKey = (run: string): string => `runs/${run}/improvement/report.html`;

/** What a round trains. Pure. */
export function roundStudent(input: {
  readonly round: Pick<RoundInput, 'round' | 'current' | 'imitation'>;
  readonly student: Student;
  readonly improve: SelfImprove['improve'];
  readonly training: TrainingRef;
  /** Of the imitation. */
  readonly manifest: Pick<ModelManifest, 'base'>;
}): RoundTraining {
  const { round, student, improve, training, manifest } = input;
  const isSft = improve.variant === 'sft';
  const base = baseOf(round, improve.from);
  const made: Omit<StudentInput, 'name' | 'version'> = {
    base: base ? { student: base.name } : student.base,
    trainingSet: training.name,
    ...(isSft ? student.view !== undefined && { view: student.view } : {}),
    method: improve.variant,
    trainer: student.trainer,
    server: student.server,
    ...presetOf(student, improve),
    // An SFT round learns as the imitation did, but for what the recipe says.
    settings: isSft ? { ...student.settings, ...improve.settings } : improve.settings,
    preflight: student.preflight,
  };
  const { preflight: _preflight, server: _server, ...decisive } = made;
  const version = contentVersion('v1', hashOf([training, decisive, base ?? manifest.base]));
  return {
    student: { name: roundName(student.name, round.round), version, ...made },
    training,
    ...(base && { base }),
  };
}

function baseOf(
  { current, imitation }: Pick<RoundInput, 'current' | 'imitation'>,
  from: SelfImprove['improve']['from'],
): ModelRef | undefined {
  if (from === 'backbone') return undefined;
  return from === 'last' ? current : imitation;
}

function presetOf(student: Student, improve: SelfImprove['improve']): { preset?: string } {
  const preset = improve.preset ?? (improve.variant === 'sft' ? student.preset : undefined);
  return preset === undefined ? {} : { preset };
}
