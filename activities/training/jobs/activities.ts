import { watching, withEffort } from '../../activity-context.js';
import type { Launchers } from '../../jobs/open-launchers.js';
import type { TrainedStudent } from '../../models/model-manifest.js';
import type { HashOptions } from '../../models/weights.js';
import type { ObjectStore } from '../../store/object-store.js';
import type { RegisterInput } from './register-student.js';
import type { TrainingRuns } from './run-training.js';
import { fetchViewData, findStudentView } from './training-data.js';
import {
  folderOf,
  type FinishedTraining,
  type PreparedTraining,
  type TrainingPlan,
  type TrainStudentInput,
} from './training-plan.js';

export interface TrainingJobDependencies {
  readonly store: ObjectStore;
  readonly launchers: Launchers;
  readonly prepare: (input: TrainStudentInput, options: HashOptions) => Promise<PreparedTraining>;
  readonly runs: TrainingRuns;
  readonly register: (input: RegisterInput, options: HashOptions) => Promise<TrainedStudent>;
}

/** Activities of the workflow trainStudent: its steps, one each, for workers that see the directories of the launchers. */
export function createTrainingJobActivities(dependencies: TrainingJobDependencies) {
  const { store, launchers, prepare, runs, register } = dependencies;

  /** Fills in a student. Fails with Input.Invalid, Model.Missing, or Model.Exists when its version is registered and is another training. */
  async function prepareTraining(input: TrainStudentInput): Promise<PreparedTraining> {
    return withEffort(({ signal, progress }) =>
      prepare(input, { signal, heartbeat: () => progress('reading weights') }),
    );
  }

  /** Copies the rows of the view to where the job sees them. */
  async function fetchTrainingRows({ plan }: { plan: TrainingPlan }): Promise<{ train: number; validation: number }> {
    return withEffort(async ({ signal, progress }) => {
      const { set, view, name, version } = plan.training;
      const student = { trainingSet: name, set, view, method: plan.method };
      const found = await findStudentView(store, student, { name, version });
      const directory = folderOf(launchers, plan).data;
      const { rows } = await fetchViewData(store, found, { directory, signal, heartbeat: () => progress('rows') });
      return rows;
    });
  }

  /** Writes the configuration of the trainer beside its rows, which are there by now. Returns its path as workers and jobs see it. */
  async function configureTraining({ plan }: { plan: TrainingPlan }): Promise<string> {
    return withEffort(() => runs.configure(plan));
  }

  /**
   * Stays with a training until it is done; begins it unless somebody did. Its heartbeat tells how far it is. Cancelling it cancels the job; a worker
   * that stops leaves the job at work for the next one. Fails with Training.Refused or Training.Failed.
   */
  async function followTraining({ plan }: { plan: TrainingPlan }): Promise<FinishedTraining> {
    return withEffort(({ execution, cancelled, ...effort }) =>
      runs.follow(plan, { execution, cancelled, report: watching(effort) }),
    );
  }

  /** Registers what a training left, with a hash of every file of the weights. Fails with Model.Exists. */
  async function registerStudent(input: RegisterInput): Promise<TrainedStudent> {
    return withEffort(({ signal, progress }) => register(input, { signal, heartbeat: () => progress('hashing') }));
  }

  return { prepareTraining, fetchTrainingRows, configureTraining, followTraining, registerStudent };
}
