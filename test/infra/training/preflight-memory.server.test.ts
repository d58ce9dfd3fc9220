import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolPath } from '../../../workers/stack/tools.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

/** The shape of Qwen2.5-7B. */
const SHAPE = {
  ...{ model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'], vocab_size: 152_064, tie_word_embeddings: false },
  ...{ hidden_size: 3584, intermediate_size: 18_944, num_hidden_layers: 28 },
  ...{ num_attention_heads: 28, num_key_value_heads: 4, max_position_embeddings: 32_768 },
};
const PARAMETERS = 7_615_616_512;
const CASES = {
  full: {},
  checkpointing: { gradientCheckpointing: true },
  longer: { gradientCheckpointing: true, longest: 16_384 },
  lora: { gradientCheckpointing: true, lora: true },
  dpo: { gradientCheckpointing: true, method: 'dpo' },
  pairs: { gradientCheckpointing: true, method: 'dpo', lora: true },
};
const SCRIPT = `
import json, sys
sys.path.insert(0, sys.argv[1])
import train, preflight_memory as memory
found = {}
for name, case in json.loads(sys.argv[3]).items():
    longest, lora, method = case.pop("longest", 4096), case.pop("lora", False), case.pop("method", "sft")
    settings = train.Settings(method=method, model=sys.argv[2], trainFiles=["x"], outputDirectory="x", learningRate=1e-5, epochs=1, batchSize=1, maxLength=longest, lora=train.Lora() if lora else None, **case)
    found[name] = {"size": memory.model_size(settings), **memory.estimate(settings, longest)}
print(json.dumps(found))
`;

interface Estimate {
  readonly size: { readonly parameters: number; readonly trainable: number };
  readonly weights: number;
  readonly gradients: number;
  readonly optimizer: number;
  readonly reference: number;
  readonly activations: number;
  readonly temporary: number;
  readonly total: number;
  readonly traced: boolean;
}

describe('memory of a training, foretold without weights', { timeout: 600_000 }, () => {
  const directory = temporaryDirectory('memory');
  let found: Readonly<Record<keyof typeof CASES, Estimate>>;

  beforeAll(() => {
    const model = join(directory.path, 'shape');
    mkdirSync(model);
    writeFileSync(join(model, 'config.json'), JSON.stringify(SHAPE));
    const args = ['-c', SCRIPT, resolve('infra/training'), model, JSON.stringify(CASES)];
    const env = { ...process.env, HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1' };
    const output = execFileSync(toolPath('trainingPython'), args, { env, encoding: 'utf8' });
    found = JSON.parse(output.trim().split('\n').at(-1) ?? '') as typeof found;
  }, 600_000);
  afterAll(() => directory.remove());

  const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);

  it('counts weights, gradients, optimizer and reference by parameters', () => {
    const { full, lora, dpo, pairs } = found;
    expect(full).toMatchObject({
      ...{ size: { parameters: PARAMETERS, trainable: PARAMETERS }, traced: true, reference: 0 },
      ...{ weights: mib(4 * PARAMETERS), gradients: mib(4 * PARAMETERS), optimizer: mib(8 * PARAMETERS) },
    });
    // Rank 16 over the seven matrices of 28 layers.
    const adapters = 28 * 16 * (2 * (3584 + 3584) + 2 * (3584 + 512) + 3 * (3584 + 18_944));
    expect(lora.size.trainable).toBe(adapters);
    expect(lora).toMatchObject({ weights: mib(2 * PARAMETERS + 4 * adapters), optimizer: mib(8 * adapters) });
    expect([dpo.reference, pairs.reference]).toEqual([mib(4 * PARAMETERS), 0]);
  });

  it('follows checkpointing, length and method', () => {
    const { full, checkpointing, longer, dpo } = found;
    expect(full.activations).toBeGreaterThan(20 * checkpointing.activations);
    expect(longer.activations / checkpointing.activations).toBeCloseTo(4, 0);
    // Checkpoints of 28 layers in float32 are most of what is kept.
    expect(checkpointing.activations).toBeGreaterThan(mib(28 * 4096 * 3584 * 4));
    expect(checkpointing.activations).toBeLessThan(1.2 * mib(28 * 4096 * 3584 * 4));
    // Logits of both sides, in 32 bits.
    expect(dpo.temporary + dpo.activations).toBeGreaterThan(mib(2 * 4096 * 152_064 * 4));
    for (const { total, size, traced, ...parts } of Object.values(found)) {
      expect(traced && size.parameters).toBe(PARAMETERS);
      expect(total).toBe(Object.values(parts).reduce((sum, part) => sum + part, 0));
    }
  });
});
