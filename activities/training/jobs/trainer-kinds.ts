import type { TrainerConfig } from '../../../config/launchers.js';
import type { Student, TrainingSettings } from '../../../config/student.js';
import type { TrainingView } from '../../../config/training-view.js';
import { llamaFactoryTrainer } from './llamafactory-trainer.js';
import { swiftTrainer } from './swift-trainer.js';
import { trlTrainer } from './trl-trainer.js';
import type { TrainerKind } from './trainer-kind.js';

type KindName = TrainerConfig['kind'];

const KINDS: Readonly<Record<KindName, TrainerKind>> = {
  trl: trlTrainer,
  llamafactory: llamaFactoryTrainer,
  'ms-swift': swiftTrainer,
};

/** How a trainer of this kind is spoken to. */
export const trainerKind = (name: KindName): TrainerKind => KINDS[name];

export interface TrainerWish {
  readonly student: Pick<Student, 'method' | 'control' | 'trainer'>;
  readonly settings: TrainingSettings;
  /** The view, as it was asked for. */
  readonly view: TrainingView;
  /** The base is trained with another chat template than its own. */
  readonly hasChatTemplate: boolean;
}

/** What a kind of trainer can't do of what is asked for; undefined: it can. Pure. */
export function trainerFault(
  kind: KindName,
  wish: TrainerWish,
): { readonly path: string; readonly message: string } | undefined {
  if (kind === 'trl') return undefined;
  const reason = wish.student.control === 'none' ? otherTrainerFault(kind, wish) : 'the own answers of a control';
  if (reason === undefined) return undefined;
  const message = `expected a trainer of the kind "trl" for ${reason}; "${wish.student.trainer}" is of the kind "${kind}"`;
  return { path: 'trainer', message };
}

function otherTrainerFault(
  kind: Exclude<KindName, 'trl'>,
  { student: { method }, settings, view, hasChatTemplate }: TrainerWish,
): string | undefined {
  if (!readsView(kind, method, view)) return `${method} on a view of this form (${formOf(view)})`;
  if (settings.lora !== undefined) return 'lora, whose adapters have to be merged';
  return hasChatTemplate ? 'a chatTemplate of its own' : undefined;
}

/** As the table of docs/training-views.md says. */
function readsView(kind: Exclude<KindName, 'trl'>, method: Student['method'], view: TrainingView): boolean {
  if (method === 'sft') return view.form === 'messages';
  return kind === 'llamafactory' && method === 'dpo' && view.form === 'dpo' && !view.conversational;
}

const formOf = (view: TrainingView): string =>
  'conversational' in view ? `${view.form}, conversational: ${view.conversational}` : view.form;
