import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolPath } from '../../../workers/stack/tools.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const WEAK_STUDENT = resolve('infra/mini/model/weak-student');
const SCRIPT = resolve('infra/serving/convert_gguf.py');

/** Writes the checkpoint anew as trainers of large models do: 16-bit numbers, in two files, with an output matrix of its own and rows for no token. */
const RESHAPE = `
import json, sys, torch
from pathlib import Path
from safetensors.torch import load_file, save_file
folder = Path(sys.argv[1])
tensors = {n: t.to(torch.bfloat16) for n, t in load_file(folder / "model.safetensors").items()}
rows = torch.zeros(5, tensors["model.embed_tokens.weight"].shape[1], dtype=torch.bfloat16)
tensors["model.embed_tokens.weight"] = torch.cat([tensors["model.embed_tokens.weight"], rows])
tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].clone()
names = sorted(tensors)
for number, part in enumerate((names[::2], names[1::2]), 1):
    save_file({n: tensors[n].contiguous() for n in part}, folder / f"model-0000{number}-of-00002.safetensors")
(folder / "model.safetensors").unlink()
config = json.loads((folder / "config.json").read_text())
config.update(tie_word_embeddings=False, vocab_size=config["vocab_size"] + 5)
(folder / "config.json").write_text(json.dumps(config))
`;

/** What stands in a GGUF file, as far as it has to agree with the checkpoint. */
const COMPARE = `
import json, sys, numpy, torch
from gguf import GGUFReader
from pathlib import Path
from safetensors.torch import load_file
made = GGUFReader(sys.argv[2])
tensors = {t.name: t for t in made.tensors}
wanted = {}
for path in Path(sys.argv[1]).glob("*.safetensors"):
    wanted |= load_file(path)
table = wanted["model.embed_tokens.weight"].float().numpy()
norm = wanted["model.layers.0.input_layernorm.weight"].float().numpy()
query = wanted["model.layers.1.self_attn.q_proj.weight"].float().numpy()
same = [numpy.array_equal(tensors[n].data, v) for n, v in (("token_embd.weight", table), ("output.weight", table), ("blk.0.attn_norm.weight", norm), ("blk.1.attn_q.weight", query))]
tokens = made.fields["tokenizer.ggml.tokens"]
print(json.dumps({"same": same, "tensors": len(tensors) == len(wanted), "last": bytes(tokens.parts[tokens.data[-1]]).decode(), "count": len(tokens.data)}))
`;

describe('the conversion to GGUF', { timeout: 120_000 }, () => {
  const directory = temporaryDirectory('convert');
  const checkpoint = join(directory.path, 'checkpoint');
  const out = join(directory.path, 'out.gguf');
  const python = (...args: string[]): string =>
    execFileSync(toolPath('trainingPython'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const convert = (...more: string[]): string =>
    python(SCRIPT, '--checkpoint', checkpoint, '--out', out, '--name', 'student', ...more);
  const configured = (changes: object): void => {
    const path = join(checkpoint, 'config.json');
    const config = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...config, ...changes }));
  };

  beforeAll(() => cpSync(WEAK_STUDENT, checkpoint, { recursive: true }));
  afterAll(() => directory.remove());

  it('keeps every number of a checkpoint of 16-bit numbers in several files, and has a token for every row', () => {
    python('-c', RESHAPE, checkpoint);
    convert('--matrices', 'f32');
    const { vocab_size: size } = JSON.parse(readFileSync(join(checkpoint, 'config.json'), 'utf8')) as {
      vocab_size: number;
    };
    expect(JSON.parse(python('-c', COMPARE, checkpoint, out))).toEqual({
      same: [true, true, true, true],
      tensors: true,
      last: `[PAD${size - 1}]`,
      count: size,
    });
  });

  it.each([
    ['another kind of model', { model_type: 'mamba' }, "model_type: expected 'qwen2', found 'mamba'"],
    ['a stretched context', { rope_parameters: { rope_type: 'yarn', rope_theta: 1e6 } }, 'stretched by'],
    ['a sliding window', { use_sliding_window: true }, 'use_sliding_window is not known here'],
  ])('refuses %s, and leaves no file', (_name, changes, message) => {
    rmSync(out, { force: true });
    const before = readFileSync(join(checkpoint, 'config.json'));
    configured(changes);
    expect(() => convert()).toThrow(message);
    writeFileSync(join(checkpoint, 'config.json'), before);
    expect(() => readFileSync(out)).toThrow('ENOENT');
  });
});
