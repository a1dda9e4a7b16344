/** A value that somebody wrote by hand, in a link, made to fit the form: `dataset=table` is the kind with its defaults. */
import type { Json } from '../../state/spec_link';
import { defaultOf, fieldKind, resolve, switchKind, variants, withoutNull, type Schema } from './schema';

/** Where the value has a form that the schema does not know, `base` stands in its place and the path is told. */
export interface Fitted {
  value: Json;
  refused: string[];
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } => typeof value === 'object' && value !== null && !Array.isArray(value);

export function fitted(root: Schema, schema: Schema, value: Json, base: Json, path = ''): Fitted {
  const { schema: own, nullable } = withoutNull(root, schema);
  const kept: Fitted = { value, refused: [] };
  const not: Fitted = { value: base, refused: [path] };
  if (value === null) return nullable ? kept : not;
  switch (fieldKind(own)) {
    case 'union': {
      const kind = isObject(value) ? value.kind : value;
      const variant = typeof kind === 'string' ? variants(root, own).get(kind) : undefined;
      if (!variant) return not;
      if (!isObject(value)) return { value: switchKind(root, variant, base), refused: [] };
      return within(root, variant, value, isObject(base) && base.kind === kind ? base : {}, path);
    }
    case 'object':
      return isObject(value) ? within(root, own, value, isObject(base) ? base : {}, path) : not;
    case 'list': {
      if (!Array.isArray(value)) return not;
      const items = value.map((item, i) => fitted(root, own.items ?? {}, item, null, `${path}.${i}`));
      return items.some((item) => item.refused.length > 0) ? not : { value: items.map((item) => item.value), refused: [] };
    }
    case 'tuple':
      return Array.isArray(value) && value.length === own.prefixItems!.length ? kept : not;
    case 'choice':
      return own.enum!.includes(value) ? kept : not;
    case 'flag':
      return typeof value === 'boolean' ? kept : not;
    case 'number':
      return typeof value === 'number' ? kept : not;
    case 'text':
      // A schema that says nothing of the type takes anything.
      return own.type === undefined || typeof value === own.type ? kept : not;
  }
}

/** An object's fields, each made to fit; what the link leaves out is as in the base, or the default. */
function within(root: Schema, schema: Schema, value: { [key: string]: Json }, base: { [key: string]: Json }, path: string): Fitted {
  const made: { [key: string]: Json } = { ...value };
  const refused: string[] = [];
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const before = base[name] ?? defaultOf(root, resolve(root, inner));
    if (!(name in value)) {
      made[name] = before;
      continue;
    }
    const found = fitted(root, inner, value[name]!, before, path ? `${path}.${name}` : name);
    made[name] = found.value;
    refused.push(...found.refused);
  }
  return { value: made, refused };
}
