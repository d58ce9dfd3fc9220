import type { ModelManifest } from '../../models/model-manifest.js';
import { readModelManifest } from '../../models/model-registry.js';
import { publishedBelow } from '../../publication/latest.js';
import type { ObjectStore } from '../../store/object-store.js';
import type { TrainingPlan } from '../jobs/training-plan.js';

/** Registered models that are looked at; more tell nothing new. */
const MOST = 200;

/**
 * Tokens a second of the newest registered training like this one: the same base by name, method and trainer, with or without adapters. undefined:
 * there was none.
 */
export async function knownSpeed(store: ObjectStore, plan: TrainingPlan): Promise<number | undefined> {
  let newest: ModelManifest | undefined;
  let seen = 0;
  for await (const ref of publishedBelow(store, 'models')) {
    if (++seen > MOST) break;
    const manifest = await readModelManifest(store, ref);
    if (manifest && isLike(manifest, plan) && manifest.finishedAt > (newest?.finishedAt ?? '')) newest = manifest;
  }
  return newest && newest.result.tokens / newest.result.seconds;
}

const isLike = ({ base, method, trainer, settings, result }: ModelManifest, plan: TrainingPlan): boolean =>
  base.name === plan.base.name &&
  method === plan.method &&
  trainer.name === plan.trainer.name &&
  (settings.lora === undefined) === (plan.settings.lora === undefined) &&
  result.tokens > 0 &&
  result.seconds > 0;
