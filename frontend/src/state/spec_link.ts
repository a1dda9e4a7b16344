/** A spec as a link: only what differs from its recipe, as dotted paths (`optimizer.lr=0.03`). */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function same(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Dotted paths of the leaves that differ. Another kind, or a list, counts as one leaf. */
export function differences(base: Json, spec: Json, path = ''): [path: string, value: Json][] {
  if (same(base, spec)) return [];
  if (!isObject(base) || !isObject(spec) || base.kind !== spec.kind) return [[path, spec]];
  return Object.keys(spec).flatMap((key) => {
    const inner = path ? `${path}.${key}` : key;
    return key in base ? differences(base[key]!, spec[key]!, inner) : ([[inner, spec[key]!]] as [string, Json][]);
  });
}

/** Sets a dotted path in a copy; what the path leads through must be objects or lists. */
export function withValue<T extends Json>(spec: T, path: string, value: Json): T {
  if (path === '') return value as T;
  const [head, ...rest] = path.split('.') as [string, ...string[]];
  if (Array.isArray(spec)) {
    const copy = [...spec];
    copy[Number(head)] = withValue(copy[Number(head)]!, rest.join('.'), value);
    return copy as T;
  }
  const holder: Json = spec;
  if (!isObject(holder)) throw new Error(`expected an object at ${head}, got ${JSON.stringify(spec)}`);
  return { ...holder, [head]: withValue(holder[head] ?? null, rest.join('.'), value) } as T;
}

/** What a dotted path leads to, or undefined. */
export function valueAt(spec: Json | undefined, path: string): Json | undefined {
  if (path === '') return spec;
  let value: Json | undefined = spec;
  for (const part of path.split('.')) {
    if (Array.isArray(value)) value = value[Number(part)];
    else if (isObject(value)) value = value[part];
    else return undefined;
  }
  return value;
}

/** The differences as query parameters; strings stay bare where that reads back as the same string. */
export function toParams(base: Json, spec: Json): [name: string, value: string][] {
  return differences(base, spec).map(([path, value]) => {
    const bare = typeof value === 'string' && typeof parse(value) === 'string';
    return [path, bare ? (value as string) : JSON.stringify(value)];
  });
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** The spec that a link describes. Parameters that lead nowhere in the recipe are named, not applied. */
export function fromParams<T extends Json>(
  base: T,
  params: Iterable<[string, string]>,
): { spec: T; unknown: string[] } {
  let spec = base;
  const unknown: string[] = [];
  for (const [path, text] of params) {
    const parent = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';
    if (valueAt(spec, path) === undefined && !isObject(valueAt(spec, parent))) unknown.push(path);
    else spec = withValue(spec, path, parse(text));
  }
  return { spec, unknown };
}
