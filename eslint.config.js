import { builtinModules } from 'node:module';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const nodeBuiltins = builtinModules.filter((name) => name !== 'assert').flatMap((name) => [name, `node:${name}`]);

/** Import directions: workers -> activities, config, workflows; activities -> config and the pure question machine; workflows -> types; config -> nothing; report (the browser's part) -> the pure files of activities/report. */
const forbid = (group, message, allowTypeImports = false) => ({ group, message, allowTypeImports });

const sizeLimits = {
  'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
  'max-params': ['error', 3],
  'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
};

export default tseslint.config(
  { ignores: ['dist', 'node_modules', '.cotmill', 'infra/mini', 'test/histories'] },
  {
    files: ['**/*.{js,mjs}'],
    extends: [js.configs.recommended],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        fetch: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, ...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...sizeLimits,
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: ['test/**/*.ts'], rules: { 'max-lines-per-function': 'off' } },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: nodeBuiltins.map((name) => ({
            name,
            message: 'Workflow code is deterministic: do this in an activity.',
          })),
          patterns: [
            forbid(
              ['zod', 'zod/*', '@temporalio/client', '@temporalio/worker', '@temporalio/activity'],
              'Not available in workflow code.',
            ),
            forbid(
              ['**/activities/**', '**/config/**', '**/infra/**', '**/workers/**'],
              'Workflows import only types from here.',
              true,
            ),
          ],
        },
      ],
    },
  },
  {
    files: ['workflows/question/{machine,chain,state,policy,quotas,quota-count,spending,describe}.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            forbid(
              ['@temporalio/*', 'node:*', '**/activities/**', '**/workers/**'],
              'The state machine is pure.',
              true,
            ),
          ],
        },
      ],
    },
  },
  {
    files: ['activities/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            forbid(
              ['**/workers/**', '**/infra/**', '@temporalio/workflow', '@temporalio/client', '@temporalio/worker'],
              'Activities know config and the pure question machine only.',
              true,
            ),
            forbid(
              ['**/workflows/**', '!**/workflows/question', '!**/workflows/question/**'],
              'Only the pure question machine may be used here.',
              true,
            ),
          ],
        },
      ],
    },
  },
  {
    files: ['report/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            forbid(
              ['node:*', '**/workers/**', '**/workflows/**', '**/config/**', '**/infra/**'],
              'The page runs in a browser.',
            ),
            {
              regex:
                'activities/(?!report/(explain|explain-learning|explorer-filter|page-data|improvement-data)[.]js$)',
              message: 'The page uses the pure files of activities/report only.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['config/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            forbid(
              ['**/workers/**', '**/activities/**', '**/workflows/**', '**/infra/**'],
              'Configuration depends on nothing.',
            ),
          ],
        },
      ],
    },
  },
);
