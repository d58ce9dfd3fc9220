// Writes the JSON Schemas and the reference pages from the compiled schemas: npm run build && node infra/docs/generate.mjs
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const { generatedFiles } = await import(join(root, 'dist', 'config', 'reference-pages.js'));

for (const [path, content] of Object.entries(generatedFiles())) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
  console.log(`wrote ${path}`);
}
