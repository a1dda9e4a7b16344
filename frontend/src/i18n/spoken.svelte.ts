/** What the server said, in the person's language. Its English is the key; the Chinese lines come when they are needed. */
import { inARow, words } from './index.svelte';
import { Sentences } from './sentences';

class Chinese {
  sentences = $state.raw<Sentences | null>(null);
  #asked = false;

  /** Fetches the lines once; until they are here the English stands. */
  load(): void {
    if (this.#asked) return;
    this.#asked = true;
    void import('./zh/sentences').then(
      ({ lines, parts }) => (this.sentences = new Sentences(lines, parts)),
      () => (this.#asked = false),
    );
  }
}

const chinese = new Chinese();
if (words.language === 'zh') chinese.load();

/** A sentence of the server in the person's language, or in English where it has no line. */
export function spoken(text: string): string {
  if (words.language === 'en') return text;
  chinese.load();
  return chinese.sentences?.say(text) ?? text;
}

/** What went wrong and what can be done, each as a sentence in the person's language. */
export function sentences(...parts: (string | null | undefined)[]): string {
  return inARow(...parts.filter((part): part is string => Boolean(part)).map((part) => ended(spoken(part))));
}

/** With a capital and a full stop, as its language has it. */
function ended(text: string): string {
  const stop = /[.!?。！？]$/.test(text) ? '' : /\p{Script=Han}/u.test(text) ? '。' : '.';
  return text.charAt(0).toUpperCase() + text.slice(1) + stop;
}
