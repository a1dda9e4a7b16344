/** Where the page is: path and query, by the History API. All state that a link should carry lives in the query. */

class Place {
  path = $state(window.location.pathname);
  #query = $state.raw(new URLSearchParams(window.location.search));

  constructor() {
    addEventListener('popstate', () => this.#read());
    document.addEventListener('click', (event) => this.#follow(event));
  }

  get(name: string): string | null {
    return this.#query.get(name);
  }

  /** Every parameter, in order. */
  get query(): URLSearchParams {
    return this.#query;
  }

  /** Changes parameters (null removes). Replaces the entry in the history unless `push` is asked for. */
  set(changes: Record<string, string | null>, { push = false } = {}): void {
    const query = new URLSearchParams(this.#query);
    for (const [name, value] of Object.entries(changes))
      if (value === null) query.delete(name);
      else query.set(name, value);
    this.setAll(query, { push });
  }

  setAll(query: URLSearchParams, { push = false } = {}): void {
    const tail = query.toString();
    if (tail === this.#query.toString()) return;
    this.go(this.path + (tail ? `?${tail}` : ''), { replace: !push });
  }

  go(href: string, { replace = false } = {}): void {
    history[replace ? 'replaceState' : 'pushState'](null, '', href);
    const before = this.path;
    this.#read();
    if (this.path !== before) scrollTo(0, 0);
  }

  #read(): void {
    this.path = window.location.pathname;
    this.#query = new URLSearchParams(window.location.search);
  }

  /** Plain clicks on our own links stay on the page; new tabs, downloads and other hosts are the browser's. */
  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target || link.hasAttribute('download') || link.origin !== window.location.origin) return;
    if (/^\/(api|docs)\b/.test(link.pathname) || link.hash) return;
    event.preventDefault();
    this.go(link.pathname + link.search);
  }
}

export const place = new Place();

/** A path against a pattern such as `/training/:job`: its parameters, or null. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split('/').filter(Boolean);
  const have = path.split('/').filter(Boolean);
  if (want.length !== have.length) return null;
  const params: Record<string, string> = {};
  for (const [i, part] of want.entries())
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(have[i]!);
    else if (part !== have[i]) return null;
  return params;
}
