import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'svelte/compiler';
import { afterEach, describe, expect, it } from 'vitest';
import { dictionaries, fill, t, wordFor, words, type Key } from './index.svelte';

afterEach(() => words.choose('en'));

describe('the dictionaries', () => {
  it('have the same keys, none empty', () => {
    expect(Object.keys(dictionaries.zh).sort()).toEqual(Object.keys(dictionaries.en).sort());
    for (const dictionary of Object.values(dictionaries))
      for (const [key, value] of Object.entries(dictionary)) expect(value, key).not.toBe('');
  });

  it('name the same parameters in both languages', () => {
    const names = (message: string) => new Set([...message.matchAll(/\{(\w+)/g)].map((m) => m[1]));
    for (const key of Object.keys(dictionaries.en) as Key[])
      expect(names(dictionaries.zh[key]), key).toEqual(names(dictionaries.en[key]));
  });
});

it('has no word that nobody says', () => {
  const sources = (readdirSync('src', { recursive: true }) as string[])
    .filter((name) => /\.(svelte|ts)$/.test(name) && !/^i18n\/(en|zh)\//.test(name))
    .map((name) => readFileSync(join('src', name), 'utf8'))
    .join('\n');
  // Keys put together while running: `state.${state}`, wordFor(`metric.${name}`).
  const stems = [...sources.matchAll(/`([a-z][\w.]*\.)\$\{/g)].map((found) => found[1]!);
  const silent = Object.keys(dictionaries.en).filter(
    (key) => !new RegExp(`['"\`]${key.replaceAll('.', '\\.')}['"\`]`).test(sources) && !stems.some((stem) => key.startsWith(stem)),
  );
  expect(silent).toEqual([]);
});

describe('t', () => {
  it('fills parameters and picks the plural', () => {
    expect(t('workers.count', { count: 1 })).toBe('1 worker');
    expect(t('workers.count', { count: 2 })).toBe('2 workers');
    words.choose('zh');
    expect(t('workers.count', { count: 2 })).toBe('2 个工作进程');
    expect(document.documentElement.lang).toBe('zh');
  });

  it('leaves an unknown parameter visible and falls back for unknown keys', () => {
    expect(fill('a {b}')).toBe('a {b}');
    expect(wordFor('field.no_such', 'No such')).toBe('No such');
  });
});

describe('visible words in components', () => {
  const SPOKEN = new Set(['title', 'placeholder', 'alt', 'aria-label', 'label', 'caption']);
  const files = (readdirSync('src', { recursive: true }) as string[]).filter((name) => name.endsWith('.svelte'));

  /** Latin or Chinese words that a person would read and that no dictionary holds. */
  function literals(node: unknown, found: string[] = []): string[] {
    if (Array.isArray(node)) node.forEach((child) => literals(child, found));
    else if (node && typeof node === 'object') {
      const { type, name, value, data } = node as Record<string, unknown>;
      if (type === 'Text' && typeof data === 'string') found.push(data);
      else if (type === 'StyleDirective') return found;
      else if (type === 'Attribute') {
        const spoken = SPOKEN.has(String(name));
        const parts = Array.isArray(value) ? value : [value];
        for (const part of parts) if (spoken || part?.type !== 'Text') literals(part, found);
      } else if (type === 'RegularElement' && (name === 'code' || name === 'kbd')) return found;
      else
        for (const [key, child] of Object.entries(node)) if (key !== 'parent' && key !== 'css') literals(child, found);
    }
    return found;
  }

  it.each(files)('%s takes its words from the dictionaries', (name) => {
    const { fragment } = parse(readFileSync(join('src', name), 'utf8'), { modern: true });
    const words = literals(fragment).filter((text) => /\p{L}{2,}/u.test(text));
    expect(words).toEqual([]);
  });
});
