import type { TrainedStudent } from '../../activities/models/model-manifest.js';
import type { FinishedTraining, TrainingPlan } from '../../activities/training/jobs/training-plan.js';

/** What is trained, in Markdown, for the UI. How far it is stands in the heartbeat of its activity. */
export function describePlan(plan: TrainingPlan, finished?: FinishedTraining): string {
  const { student, method, base, training, rows, settings, trainer, job } = plan;
  const from = base.kind === 'student' ? `${base.name} ${base.version}` : base.name;
  const control = training.control === 'none' ? '' : `, control: ${training.control}`;
  const values = Object.entries(settings).map(([name, value]) => `\`${name}\` ${JSON.stringify(value)}`);
  return [
    `**${student.name} ${student.version}**: ${method} of ${from} on ${training.name} ${training.version}, view ${training.view}${control}: ${rows.train} rows`,
    '',
    `job \`${job}\`, trainer ${trainer.name} (${trainer.kind}) on ${trainer.launcher}`,
    '',
    values.join(', '),
    ...(finished ? ['', describeFinished(finished)] : []),
  ].join('\n');
}

/** A registered student, in Markdown, for the UI. */
export function describeStudent(student: TrainedStudent): string {
  const { name, version, published, method, base, training, result, manifestKey, weightsSha256 } = student;
  const { steps, rows, tokens, seconds } = result;
  return [
    `**${name} ${version}** (${published}): ${method} of ${base} on ${training.name} ${training.version}, view ${training.view}`,
    '',
    `${steps} steps over ${rows} rows, ${tokens} tokens in ${Math.round(seconds)} s, ${lossText(result)}, ${restartText(result)}`,
    '',
    `weights \`${weightsSha256.slice(0, 12)}\`, files: \`${manifestKey}\``,
  ].join('\n');
}

const describeFinished = (finished: FinishedTraining): string =>
  `${finished.steps} steps, ${lossText(finished)}, ${restartText(finished)}`;
const lossText = ({ loss }: { readonly loss: number | null }): string =>
  loss === null ? 'no loss told' : `last loss ${loss.toFixed(4)}`;
const restartText = ({ restarts }: { readonly restarts: number }): string =>
  restarts === 0 ? 'not interrupted' : `restarted ${restarts === 1 ? 'once' : `${restarts} times`}`;
