import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['node_modules/', 'src/protocol/schema.gen.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: globals.browser } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    rules: {
      // TypeScript checks names better than the linter can.
      'no-undef': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Links are ordinary paths; the router intercepts them.
      'svelte/no-navigation-without-resolve': 'off',
      // Plain maps are used on purpose where nothing on the page follows them.
      'svelte/prefer-svelte-reactivity': 'off',
      eqeqeq: 'error',
    },
  },
);
