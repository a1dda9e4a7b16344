/** One typed request: path, query and body are checked against the generated schema when it compiles. */
import type { paths } from '../protocol/schema.gen';
import { problemFrom, RequestProblem } from './problem';

type Method = 'get' | 'post' | 'patch' | 'delete';

/** The addresses that answer to a method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never;
}[keyof paths];

type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O : never;
type InPath<O> = O extends { parameters: { path: infer T } } ? T : Record<string, never>;
type InQuery<O> = O extends { parameters: { query?: infer T } } ? T : never;
type InBody<O> = O extends { requestBody: { content: { 'application/json': infer T } } } ? T : never;

/** The JSON that an operation answers with. */
export type AnswerOf<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { responses: infer R }
    ? R extends { 200: { content: { 'application/json': infer T } } }
      ? T
      : R extends { 201: { content: { 'application/json': infer T } } }
        ? T
        : never
    : never;

/** The query that an operation reads. */
export type QueryOf<P extends PathOf<M>, M extends Method> = InQuery<Operation<P, M>>;

export interface Options<O> {
  path?: InPath<O>;
  query?: InQuery<O>;
  json?: InBody<O>;
  /** A body that is not JSON. */
  body?: BodyInit;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  keepalive?: boolean;
}

/** The address with its places filled; lists become repeated parameters, undefined and null are left out. */
export function addressOf(template: string, path: object = {}, query: object = {}): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((path as Record<string, unknown>)[name])),
  );
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query as Record<string, unknown>))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined && one !== null) params.append(name, String(one));
  const tail = params.toString();
  return tail ? `${filled}?${tail}` : filled;
}

/** Sends a request; whatever is not a success is thrown as a RequestProblem. */
export async function send<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  options: Options<Operation<P, M>> = {},
): Promise<Response> {
  const { json, body, signal, keepalive } = options;
  const headers = { ...options.headers };
  if (json !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(addressOf(path, options.path ?? {}, options.query ?? {}), {
      method: method.toUpperCase(),
      headers,
      body: json === undefined ? body : JSON.stringify(json),
      signal,
      keepalive,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new RequestProblem(0, 'offline', String(error));
  }
  if (!response.ok) throw await problemFrom(response);
  return response;
}

/** Sends a request and reads the JSON of its answer. */
export async function call<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  options: Options<Operation<P, M>> = {},
): Promise<AnswerOf<P, M>> {
  const response = await send(method, path, options);
  return (await response.json()) as AnswerOf<P, M>;
}
