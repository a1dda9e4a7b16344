/** What every field of one form shares: the schema's root, where changes go, words for names, own controls. */
import { createContext, type Component } from 'svelte';
import { wordFor } from '../../i18n/index.svelte';
import type { Json } from '../../state/spec_link';
import { titleOf, type Schema } from './schema';

/** What a field, or a control that takes its place, is given. */
export interface FieldProps {
  /** Dotted path of the value in the spec: `model.layers.0.width`. */
  path: string;
  schema: Schema;
  value: Json;
  /** The value to compare with, or undefined where there is none. */
  base: Json | undefined;
}

export interface Form {
  readonly root: Schema;
  /** The whole value, for controls that look at their neighbors. */
  readonly spec: Json;
  readonly disabled: boolean;
  /** Sentences of the server, by path. */
  readonly problems: Readonly<Record<string, string>>;
  /** Facts beside a row of a list, by path: the shape that leaves a layer. */
  readonly facts: Readonly<Record<string, string>>;
  /** Own controls by path, or by `path=kind` where the value has that kind. */
  readonly controls: Readonly<Record<string, Component<FieldProps>>>;
  change(path: string, value: Json): void;
  /** The name of a kind that stands at a path. */
  kindLabel(path: string, kind: string, schema: Schema): string;
  kindAbout(path: string, kind: string, schema: Schema): string | undefined;
}

export const [getForm, setForm] = createContext<Form>();

/** The path with list places left out: `model.layers.0.width` becomes `model.layers.width`. */
function generic(path: string): string[] {
  return path.split('.').filter((part) => !/^\d+$/.test(part));
}

/** The word for a field: of the field inside its parent first, then of the name alone, then the schema's title. */
export function fieldLabel(path: string, schema: Schema): string {
  const parts = generic(path);
  const name = parts.at(-1) ?? '';
  const fallback = wordFor(`field.${name}`, titleOf(name, schema));
  return parts.length > 1 ? wordFor(`field.${parts.at(-2)}.${name}`, fallback) : fallback;
}

/** What a field means, for its tooltip. */
export function fieldHelp(path: string, schema: Schema): string | undefined {
  const parts = generic(path);
  const name = parts.at(-1) ?? '';
  const own = wordFor(`help.${name}`, schema.description ?? '');
  return (parts.length > 1 ? wordFor(`help.${parts.at(-2)}.${name}`, own) : own) || undefined;
}

/** The word for a value of an enumeration. */
export function choiceLabel(path: string, value: Json): string {
  const name = generic(path).at(-1) ?? '';
  const text = String(value);
  return wordFor(`choice.${name}.${text}`, wordFor(`choice.${text}`, text.replaceAll('_', ' ')));
}
