import { beforeEach, expect, it, vi } from 'vitest';
import { match, place } from './location.svelte';

beforeEach(() => {
  vi.stubGlobal('scrollTo', () => undefined);
  place.go('/');
});

it('reads parameters out of a path', () => {
  expect(match('/training/:job', '/training/a%20b/')).toEqual({ job: 'a b' });
  expect(match('/training', '/training/x')).toBeNull();
  expect(match('/', '/')).toEqual({});
});

it('writes state into the query, and takes it out again', () => {
  place.set({ recipe: 'iris', 'optimizer.lr': '0.03' });
  expect(window.location.search).toBe('?recipe=iris&optimizer.lr=0.03');
  expect(place.get('optimizer.lr')).toBe('0.03');
  place.set({ recipe: null });
  expect(window.location.search).toBe('?optimizer.lr=0.03');
});

it('adds to the history only where it is asked to', () => {
  const before = history.length;
  place.set({ a: '1' });
  expect(history.length).toBe(before);
  place.set({ a: '2' }, { push: true });
  expect(history.length).toBe(before + 1);
});

it.each([
  ['/jobs?q=1', {}, '/jobs'],
  ['/jobs', { ctrlKey: true }, '/'],
  ['/jobs', { button: 1 }, '/'],
  ['/api/v1/openapi.json', {}, '/'],
  ['https://example.org/jobs', {}, '/'],
])('after a click on %s with %o is at %s', (href, init, path) => {
  document.body.innerHTML = `<a href="${href}"><span>x</span></a>`;
  const event = new MouseEvent('click', { bubbles: true, cancelable: true, ...init });
  let taken = false;
  // Whatever the page did not take is stopped here, for jsdom cannot leave it.
  const stop = (e: Event) => {
    taken = e.defaultPrevented;
    e.preventDefault();
  };
  addEventListener('click', stop, { once: true });
  document.querySelector('span')!.dispatchEvent(event);
  expect(place.path).toBe(path);
  expect(taken).toBe(path !== '/');
});
