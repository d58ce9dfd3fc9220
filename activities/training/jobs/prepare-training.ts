import type { Deployment } from '../../../config/deployment.js';
import { ConfigError } from '../../../config/config-error.js';
import type { TrainerConfig } from '../../../config/launchers.js';
import { check } from '../../../config/load.js';
import { Student, studentView, type TrainingSettings } from '../../../config/student.js';
import { trainingPresetFault, type TrainingPreset, type TrainingPresets } from '../../../config/training-preset.js';
import type { Launchers } from '../../jobs/open-launchers.js';
import { isRegistered, readModelManifest, trainedStudent } from '../../models/model-registry.js';
import type { HashOptions } from '../../models/weights.js';
import type { ObjectStore } from '../../store/object-store.js';
import type { BaseCheckpoints, BaseRef } from './base-checkpoint.js';
import { fullSettings } from './full-settings.js';
import { findStudentView, type StudentView } from './training-data.js';
import { trainingHash, trainingJobName } from './training-identity.js';
import type { PreparedTraining, TrainingPlan, TrainStudentInput } from './training-plan.js';
import { trainerFault } from './trainer-kinds.js';

export interface PrepareDependencies {
  readonly store: ObjectStore;
  readonly trainers: Deployment['trainers'];
  readonly presets: TrainingPresets;
  readonly launchers: Launchers;
  readonly bases: BaseCheckpoints;
}

/**
 * Fills a student in with everything that decides about its weights, and looks whether it stands registered. Throws ConfigError that names the
 * field, CheckpointMissing, ModelExists, or StoreError.
 */
export function createTrainingPreparation({ store, trainers, presets, launchers, bases }: PrepareDependencies) {
  async function prepare(input: TrainStudentInput, options: HashOptions): Promise<PreparedTraining> {
    const student = check(Student, input.student, { where: 'the student', locate: () => undefined });
    const trainer = trainerOf(trainers, student.trainer);
    const view = await findStudentView(store, student, input.training);
    const settings = settingsOf(student, { trainer, view, presets });
    const { workDirectory } = launchers.get(trainer.launcher);
    const base = await bases.identify(baseOf(student, input), { ...options, workDirectory });
    const chatTemplateSha256 = await bases.templateHash(base);
    const wish = { student, settings, view: view.report.spec, hasChatTemplate: chatTemplateSha256 !== null };
    const fault = trainerFault(trainer.kind, wish);
    if (fault) throw new ConfigError('the student', [fault]);
    const plan = planOf({ student, trainer, view, settings, base, chatTemplateSha256 });
    const existing = await readModelManifest(store, plan.student);
    const asked = { ...plan, ...plan.student };
    return { plan, registered: isRegistered(existing, asked) ? trainedStudent(existing, 'unchanged') : null };
  }

  return prepare;
}

function trainerOf(trainers: Deployment['trainers'], name: string): TrainerConfig {
  const trainer = trainers[name];
  if (trainer) return trainer;
  const known = Object.keys(trainers).sort().join(', ') || 'it has none';
  const message = `expected the name of a trainer of the deployment (${known}), found "${name}"`;
  throw new ConfigError('the student', [{ path: 'trainer', message }]);
}

function baseOf(student: Student, { base }: TrainStudentInput): BaseRef {
  if ('model' in student.base) return student.base;
  if (base?.name === student.base.student) return { student: base };
  const found = base ? `"${base.name}"` : 'none';
  const message = `expected the registered student "${student.base.student}" to be given, found ${found}`;
  throw new ConfigError('the student', [{ path: 'base.student', message }]);
}

interface SettingsInput {
  readonly trainer: TrainerConfig;
  readonly view: StudentView;
  readonly presets: TrainingPresets;
}

function settingsOf(student: Student, { trainer, view, presets }: SettingsInput): TrainingSettings {
  const { method } = student;
  const preset = presetOf(student, presets);
  return fullSettings(
    { settings: student.settings, preset: preset?.settings },
    { method, form: view.report.spec.form, cpu: trainer.cpu },
  );
}

function presetOf({ preset: name, method }: Student, presets: TrainingPresets): TrainingPreset | undefined {
  const fault = name === undefined ? undefined : trainingPresetFault(name, { method, presets });
  if (fault !== undefined) throw new ConfigError('the student', [{ path: 'preset', message: fault }]);
  return name === undefined ? undefined : presets[name];
}

interface PlanInput extends Omit<SettingsInput, 'presets'>, Pick<TrainingPlan, 'base'> {
  readonly student: Student;
  readonly settings: TrainingSettings;
  readonly chatTemplateSha256: string | null;
}

function planOf({ student, trainer, view, settings, base, chatTemplateSha256 }: PlanInput): TrainingPlan {
  const { method, control, name, version } = student;
  const { manifest, report, dataSha256 } = view;
  const devices = Math.max(1, trainer.resources.gpus ?? 1);
  const trainingSha256 = trainingHash({
    ...{ method, settings, devices, control, dataSha256, chatTemplateSha256 },
    baseWeightsSha256: base.weightsSha256,
    trainerKind: trainer.kind,
  });
  return {
    student: { name, version },
    method,
    base,
    training: {
      name: manifest.name,
      version: manifest.version,
      contentSha256: manifest.contentSha256,
      set: student.set,
      view: studentView(student),
      control,
    },
    form: report.spec.form,
    rows: report.rows,
    settings,
    trainingSha256,
    trainer: { name: student.trainer, kind: trainer.kind, launcher: trainer.launcher },
    devices,
    job: trainingJobName(name, trainingSha256),
    server: student.server,
    preflight: student.preflight,
  };
}
