/** What a file would say in each encoding, so that a person can choose the one in which the words are right. */
import type { Encoding } from '../protocol';

export interface Reading {
  encoding: Encoding;
  /** The first word with a letter beyond ASCII. */
  sample: string;
}

const OFFERED: readonly Encoding[] = ['windows-1252', 'gb18030', 'shift_jis', 'big5', 'euc-kr', 'windows-1250', 'windows-1251'];
/** Bytes that are looked at, and letters that are shown. */
const LOOKED_AT = 1 << 20;
const SHOWN = 16;

/** Letters that tables are full of; others, and Latin ones in long rows, speak against an encoding. */
const USUAL = /[\0-\x7fÀ-ÖØ-öø-ž’–—€°²³µ\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3А-яЁё、。，；：（）]/u;

export function readingsOf(bytes: Uint8Array): Reading[] {
  const found: (Reading & { odd: number })[] = [];
  for (const encoding of OFFERED) {
    const text = decoded(bytes.subarray(0, LOOKED_AT), encoding);
    const sample = text === null ? undefined : /[^\s,;|]*[^\0-\x7f][^\s,;|]*/u.exec(text)?.[0];
    if (text === null || sample === undefined) continue;
    const letters = [...text.slice(0, 20_000)];
    const odd = letters.filter((letter) => !USUAL.test(letter)).length + (text.match(/[A-Za-z][А-я\u4e00-\u9fff]|[À-ž]{3,}/gu)?.length ?? 0);
    found.push({ encoding, sample: sample.slice(0, SHOWN), odd });
  }
  return found.sort((a, b) => a.odd - b.odd).map(({ encoding, sample }) => ({ encoding, sample }));
}

/** Null where the bytes are no text in it; a letter that was cut off at the end does not count. */
function decoded(bytes: Uint8Array, encoding: Encoding): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return null;
  }
}
