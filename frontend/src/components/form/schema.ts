/** JSON Schema as pydantic writes it, read for forms: references, unions by `kind`, bounds, defaults. */
import type { Json } from '../../state/spec_link';
import type { Bounds } from '../number';

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  title?: string;
  description?: string;
  default?: Json;
  const?: Json;
  enum?: Json[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  prefixItems?: Schema[];
  minItems?: number;
  maxItems?: number;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  discriminator?: { propertyName: string; mapping?: Record<string, string> };
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
}

/** What a form shows for a schema. */
export type FieldKind = 'union' | 'object' | 'choice' | 'flag' | 'number' | 'text' | 'list' | 'tuple';

/** Follows a reference; what stands beside it (title, default) wins over what it leads to. */
export function resolve(root: Schema, schema: Schema): Schema {
  const { $ref, ...own } = schema;
  if (!$ref) return schema.allOf?.length === 1 ? { ...resolve(root, schema.allOf[0]!), ...own } : schema;
  const name = $ref.split('/').at(-1)!;
  const target = root.$defs?.[name];
  if (!target) throw new Error(`expected ${$ref} among the definitions`);
  return { ...resolve(root, target), ...own };
}

/** The schema without `null`, and whether null was allowed. */
export function withoutNull(root: Schema, schema: Schema): { schema: Schema; nullable: boolean } {
  const own = resolve(root, schema);
  if (!own.anyOf) return { schema: own, nullable: false };
  const rest = own.anyOf.filter((option) => option.type !== 'null');
  const nullable = rest.length < own.anyOf.length;
  if (rest.length !== 1) return { schema: own, nullable };
  return { schema: { ...resolve(root, rest[0]!), ...own, anyOf: undefined }, nullable };
}

export function fieldKind(schema: Schema): FieldKind {
  if (schema.oneOf) return 'union';
  if (schema.enum) return 'choice';
  if (schema.properties) return 'object';
  if (schema.type === 'boolean') return 'flag';
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  if (schema.type === 'array') return schema.prefixItems ? 'tuple' : 'list';
  return 'text';
}

/** The members of a union by the value of `kind`. */
export function variants(root: Schema, schema: Schema): Map<string, Schema> {
  const found = new Map<string, Schema>();
  for (const option of schema.oneOf ?? []) {
    const variant = resolve(root, option);
    const kind = variant.properties?.kind;
    if (kind) found.set(String(kind.const ?? kind.enum?.[0] ?? kind.default), variant);
  }
  return found;
}

/** What every dataset inherits is asked after what is its own. */
const INHERITED = new Set(['split', 'standardize']);

/** The properties of an object that a person fills in, in order; `kind` is chosen elsewhere. */
export function fields(schema: Schema): [name: string, schema: Schema][] {
  const all = Object.entries(schema.properties ?? {}).filter(([, inner]) => inner.const === undefined);
  return [...all.filter(([name]) => !INHERITED.has(name)), ...all.filter(([name]) => INHERITED.has(name))];
}

/** Three numbers that belong together, such as the shares of a split, fit in one row. */
export function isTriple(root: Schema, schema: Schema): boolean {
  const inside = fields(schema);
  return inside.length === 3 && inside.every(([, inner]) => resolve(root, inner).type === 'number');
}

export function boundsOf(schema: Schema): Bounds {
  return {
    min: schema.minimum,
    max: schema.maximum,
    above: schema.exclusiveMinimum,
    below: schema.exclusiveMaximum,
    integer: schema.type === 'integer',
  };
}

/** A value that the schema allows: its default, or the least that fits. */
export function defaultOf(root: Schema, schema: Schema): Json {
  if (schema.default !== undefined) return schema.default;
  const { schema: own, nullable } = withoutNull(root, schema);
  if (own.default !== undefined) return own.default;
  if (own.const !== undefined) return own.const;
  if (nullable) return null;
  switch (fieldKind(own)) {
    case 'union':
      return defaultOf(root, [...variants(root, own).values()][0] ?? {});
    case 'object':
      return Object.fromEntries(Object.entries(own.properties ?? {}).map(([name, inner]) => [name, defaultOf(root, inner)]));
    case 'choice':
      return own.enum![0]!;
    case 'flag':
      return false;
    case 'number':
      return own.minimum ?? (own.exclusiveMinimum !== undefined ? own.exclusiveMinimum + 1 : 0);
    case 'tuple':
      return own.prefixItems!.map((item) => defaultOf(root, item));
    case 'list':
      // Points are drawn and not typed: a list of them begins empty whatever it needs in the end.
      if (own.items && fieldKind(resolve(root, own.items)) === 'tuple') return [];
      return Array.from({ length: own.minItems ?? 0 }, () => defaultOf(root, own.items ?? {}));
    case 'text':
      return '';
  }
}

/** The default of another kind, with what the old value already said under the same names where it still fits. */
export function switchKind(root: Schema, variant: Schema, old: Json): Json {
  const fresh = defaultOf(root, { ...variant, default: undefined }) as Record<string, Json>;
  if (typeof old !== 'object' || old === null || Array.isArray(old)) return fresh;
  for (const [name, inner] of fields(variant))
    if (name in old && accepts(root, inner, old[name]!)) fresh[name] = old[name]!;
  return fresh;
}

/** Whether a plain value would pass; anything nested must be of the same kind to be trusted. */
function accepts(root: Schema, schema: Schema, value: Json): boolean {
  const { schema: own, nullable } = withoutNull(root, schema);
  if (value === null) return nullable;
  switch (fieldKind(own)) {
    case 'number': {
      const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity, integer } = boundsOf(own);
      if (typeof value !== 'number' || (integer && !Number.isInteger(value))) return false;
      return value >= min && value <= max && value > above && value < below;
    }
    case 'flag':
      return typeof value === 'boolean';
    case 'choice':
      return own.enum!.includes(value);
    case 'union':
      return typeof value === 'object' && !Array.isArray(value) && variants(root, own).has(String(value.kind));
    case 'list': {
      const known = own.items ? variants(root, resolve(root, own.items)) : new Map<string, Schema>();
      const isKnown = (item: Json) =>
        typeof item === 'object' && item !== null && !Array.isArray(item) && known.has(String(item.kind));
      return Array.isArray(value) && value.every(isKnown);
    }
    default:
      return false;
  }
}

/** A pydantic field name as a label: `min_delta` becomes `Min delta`. */
export function titleOf(name: string, schema: Schema): string {
  return schema.title ?? name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');
}
