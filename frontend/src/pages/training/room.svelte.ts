/** How much room the page has: three columns, two with a drawer, or one with tabs. */

export type Size = 'wide' | 'medium' | 'narrow';

class Room {
  size = $state<Size>('wide');

  constructor() {
    if (typeof matchMedia !== 'function') return;
    const wide = matchMedia('(min-width: 1280px)');
    const medium = matchMedia('(min-width: 900px)');
    const read = () => (this.size = wide.matches ? 'wide' : medium.matches ? 'medium' : 'narrow');
    wide.addEventListener('change', read);
    medium.addEventListener('change', read);
    read();
  }
}

export const room = new Room();
