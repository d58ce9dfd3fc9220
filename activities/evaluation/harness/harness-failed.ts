/** lm_eval ended without results. Another attempt would end the same way. */
export class HarnessFailed extends Error {
  override name = 'HarnessFailed';
}
