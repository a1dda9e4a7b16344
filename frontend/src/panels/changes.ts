/** What people changed while a job ran, by step: several changes before one step are one, from the first value to the last. */
import type { CommandAnswered } from '../protocol';

export interface Change {
  name: string;
  /** Null where it was not known. */
  was: number | null;
  now: number;
}

export function changesByStep(commands: readonly CommandAnswered[]): { step: number; changes: Change[] }[] {
  const steps = new Map<number, Map<string, Change>>();
  for (const { step, command, accepted, before } of commands) {
    if (!accepted || command.kind !== 'set') continue;
    const here = steps.get(step) ?? new Map<string, Change>();
    steps.set(step, here);
    for (const [name, now] of Object.entries(command.changes)) {
      if (typeof now !== 'number') continue;
      const was = here.has(name) ? here.get(name)!.was : (before[name] ?? null);
      here.set(name, { name, was, now });
    }
  }
  return [...steps].map(([step, changes]) => ({ step, changes: [...changes.values()] }));
}
