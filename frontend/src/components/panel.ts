/** What a panel can be: the seven states of the look, and what it can be saved as. */

export interface PanelAction {
  label: string;
  onclick: () => void;
}

export type PanelState =
  | { kind: 'live' }
  /** Nothing yet: one sentence that says when it fills, one action. */
  | { kind: 'empty'; message: string; action?: PanelAction }
  /** Axes and frame first, with a bar at the head. */
  | { kind: 'loading' }
  /** The last picture at 40 % and what is happening. */
  | { kind: 'stale'; message: string }
  /** What stopped and what happens next. */
  | { kind: 'error'; message: string; action?: PanelAction }
  /** Scrubbed back to a step. */
  | { kind: 'frozen'; step: number }
  /** A statistic and a window instead of the whole. */
  | { kind: 'large'; message: string };

export const LIVE: PanelState = { kind: 'live' };

/** The numbers behind a picture. */
export interface PanelTable {
  head: readonly string[];
  rows: readonly (readonly (string | number | null)[])[];
}

export type PanelFormat = 'png' | 'svg' | 'csv';

/** How the panel becomes a file; formats that are missing are not offered. */
export type PanelFiles = Partial<Record<PanelFormat, () => Blob | Promise<Blob>>>;

/** A table as CSV (RFC 4180). */
export function tableCsv({ head, rows }: PanelTable): Blob {
  const cell = (value: string | number | null) => {
    const text = value === null ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [head, ...rows].map((row) => row.map(cell).join(','));
  return new Blob([`${lines.join('\r\n')}\r\n`], { type: 'text/csv' });
}
