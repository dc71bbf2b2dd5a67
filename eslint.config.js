import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import { defineConfig, globalIgnores } from 'eslint/config';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './frontend/svelte.config.js';

const typed = ['backend/**/*.ts', 'frontend/**/*.ts', 'frontend/**/*.svelte'];

export default defineConfig(
  globalIgnores([
    '**/node_modules/',
    '**/dist/',
    '**/dist.*/',
    '**/build/',
    '**/build.*/',
    '**/.svelte-kit/',
    '**/test-results/',
    '**/playwright-report/',
    '.cache/',
    'data/',
    'models/',
    'frontend/src/lib/api/schema.d.ts',
  ]),
  js.configs.recommended,
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['frontend/static/**/*.js'],
    languageOptions: { globals: globals.browser },
  },
  {
    files: typed,
    extends: [ts.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname, extraFileExtensions: ['.svelte'] },
    },
    rules: {
      // TypeScript knows better which names exist.
      'no-undef': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['backend/src/**/*.ts'],
    ignores: ['backend/src/main/**'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['backend/src/**/*.ts'],
    ignores: ['backend/src/config.ts', 'backend/src/main/**', '**/*.test.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only config.ts reads the environment.' },
      ],
    },
  },
  {
    files: ['backend/**/*.test.ts', 'backend/test/**/*.ts'],
    rules: {
      // Doubles of ports are async because the port is.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['frontend/**/*.svelte', 'frontend/**/*.svelte.ts'],
    extends: [svelte.configs.recommended],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
);
