/** Words by key in the person's language: `t('workers.count', { count: 2 })`. */
import { en } from './en';
import { zh } from './zh';
import { help } from './zh/help';

export type Language = 'en' | 'zh';
export type Key = keyof typeof en;

/** The parameters that a message names: `{count}` and `{count:worker|workers}` both ask for `count`. */
type ParamsIn<S extends string> = S extends `${string}{${infer Inner}}${infer Rest}`
  ? (Inner extends `${infer Name}:${string}` ? Name : Inner) | ParamsIn<Rest>
  : never;
type Params<K extends Key> = Record<ParamsIn<(typeof en)[K]>, string | number>;

/** Keys whose messages need no parameters: those that tables of words may hold. */
export type PlainKey = { [K in Key]: [ParamsIn<(typeof en)[K]>] extends [never] ? K : never }[Key];

export const dictionaries: Record<Language, Record<Key, string>> = { en, zh };

class Words {
  language = $state<Language>(document.documentElement.lang.startsWith('zh') ? 'zh' : 'en');

  choose(language: Language): void {
    this.language = language;
    document.documentElement.lang = language;
    try {
      localStorage.setItem('language', language);
    } catch {
      // Storage may be forbidden; the choice then lasts for this page.
    }
  }
}

export const words = new Words();

const plurals = new Intl.PluralRules('en');

/** Fills a message. `{n:one|many}` picks a form; Chinese messages need none. */
export function fill(message: string, params: Record<string, string | number> = {}): string {
  return message.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    if (one === undefined) return String(value);
    return plurals.select(Number(value)) === 'one' ? one : (many ?? '');
  });
}

export function t<K extends Key>(
  key: K,
  ...rest: [ParamsIn<(typeof en)[K]>] extends [never] ? [] : [params: Params<K>]
): string {
  return fill(dictionaries[words.language][key], rest[0]);
}

/** Words one after another, with the comma of the person's language. */
export function listed(parts: readonly string[]): string {
  return parts.join(t('list.comma'));
}

/** Sentences one after another: a Chinese full stop brings its own space. */
export function inARow(...sentences: readonly string[]): string {
  return sentences.filter(Boolean).reduce((all, next) => all + (all === '' || all.endsWith('。') ? '' : ' ') + next, '');
}

/** The word for a key that is only known while running (names of fields and kinds), or the fallback. */
export function wordFor(key: string, fallback: string): string {
  const dictionary: Record<string, string> = dictionaries[words.language];
  return dictionary[key] ?? (words.language === 'zh' ? help[key] : undefined) ?? fallback;
}
