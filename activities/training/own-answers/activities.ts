import { withEffort } from '../../activity-context.js';
import type { Launchers } from '../../jobs/open-launchers.js';
import type { Answerer } from '../../serving/served-model.js';
import { folderOf, type TrainingPlan } from '../jobs/training-plan.js';
import {
  createOwnAnswers,
  readOwnAnswers,
  type OwnAnswersDependencies,
  type OwnAnswersReport,
} from './write-own-answers.js';

/** Activities that put the base's own answers in the place of a view's: the rows of a control. For workers that see the launchers' directories. */
export function createOwnAnswerActivities({
  launchers,
  ...dependencies
}: OwnAnswersDependencies & { readonly launchers: Launchers }) {
  const writeOwn = createOwnAnswers(dependencies);
  const rowsOf = (plan: TrainingPlan): string => folderOf(launchers, plan).data;

  /** What was written before, or null: then the base has to be served. */
  async function findOwnAnswers({ plan }: { plan: TrainingPlan }): Promise<OwnAnswersReport | null> {
    return withEffort(async () => (await readOwnAnswers(rowsOf(plan))) ?? null);
  }

  /** Asks the base every question of the view, and writes the rows. Fails with Training.Refused when no answer came to an end. */
  async function writeOwnAnswers(input: {
    run: string;
    plan: TrainingPlan;
    answerer: Answerer;
  }): Promise<OwnAnswersReport> {
    const { run, plan, answerer } = input;
    return withEffort((effort) => {
      const payer = { run, execution: effort.execution };
      return writeOwn({ plan, answerer, payer, directory: rowsOf(plan) }, effort);
    });
  }

  return { findOwnAnswers, writeOwnAnswers };
}
