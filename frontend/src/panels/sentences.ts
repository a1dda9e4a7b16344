/** What happened, in a sentence: every event that the log panel lists, in the person's language. */
import { grouped, measured, shortNumber } from '../components/number';
import { inARow, listed, t, wordFor } from '../i18n/index.svelte';
import { sentences, spoken } from '../i18n/spoken.svelte';
import { assertNever, type CommandAnswered } from '../protocol';
import type { Told } from '../state/job.svelte';
import { metricName } from '../state/metric_words';

export type Tone = 'plain' | 'warn' | 'danger';

export interface Sentence {
  words: string;
  tone: Tone;
}

export function megabytes(nbytes: number): string {
  return nbytes < 1e6 ? `${shortNumber(nbytes / 1e3, 3)} KB` : `${shortNumber(nbytes / 1e6, 3)} MB`;
}

function command({ command: told, accepted, problem, before }: CommandAnswered): Sentence {
  const refused = accepted ? '' : t('told.refused', { reason: spoken(problem?.message ?? '') });
  const tone: Tone = accepted ? 'plain' : 'warn';
  const say = (sentence: string): Sentence => ({ words: inARow(sentence, refused), tone });
  switch (told.kind) {
    case 'pause':
      return say(t('told.pause'));
    case 'resume':
      return say(t('told.resume'));
    case 'stop':
      return say(t('told.stop'));
    case 'finish_epoch':
      return say(t('told.finishEpoch'));
    case 'step':
      return say(t('told.step', { n: told.n }));
    case 'pace':
      return say(
        typeof told.steps_per_second === 'number'
          ? t('told.pace', { pace: shortNumber(told.steps_per_second) })
          : t('told.fullSpeed'),
      );
    case 'inspect':
      return say(t('told.inspect', { split: t(`split.${told.split}`), index: grouped(told.index) }));
    case 'rewind':
      return say(t('told.rewind', { step: grouped(told.step) }));
    case 'set': {
      const parts = Object.entries(told.changes).flatMap(([name, value]) => {
        if (typeof value !== 'number') return [];
        const was = before[name];
        const word = wordFor(`field.${name}`, name.replace('_', ' '));
        return [`${word} ${was === undefined ? '' : `${shortNumber(was)} → `}${shortNumber(value)}`];
      });
      return say(t('told.set', { changes: listed(parts) }));
    }
    default:
      return assertNever(told);
  }
}

export function sentence(event: Told): Sentence {
  switch (event.type) {
    case 'state': {
      const where =
        event.state === 'running' && event.worker !== null && event.worker !== undefined
          ? t('told.where', { worker: event.worker, device: event.device ?? '' })
          : '';
      return { words: inARow(t(event.reason === 'parked' ? 'told.state.parked' : `told.state.${event.state}`), where), tone: event.state === 'failed' ? 'danger' : 'plain' };
    }
    case 'command':
      return command(event);
    case 'log':
      return {
        words: spoken(event.message),
        tone: event.level === 'error' ? 'danger' : event.level === 'warning' ? 'warn' : 'plain',
      };
    case 'diagnosis':
      return { words: spoken(event.message), tone: 'warn' };
    case 'rewound':
      return { words: t(`told.rewound.${event.reason}`, { step: grouped(event.step) }), tone: event.reason === 'command' ? 'plain' : 'warn' };
    case 'checkpoint':
      return { words: t('told.checkpoint', { size: megabytes(event.nbytes) }), tone: 'plain' };
    case 'finished': {
      const metrics = event.metrics.test ?? event.metrics.validation ?? {};
      const values = listed(Object.entries(metrics).map(([name, value]) => `${metricName(name)} ${measured(value)}`));
      const seconds = shortNumber(event.seconds, 3);
      return { words: inARow(t(`told.finished.${event.reason}`, { seconds }), values && t('told.metrics', { values })), tone: event.reason === 'not_finite' ? 'danger' : 'plain' };
    }
    case 'failed':
      return { words: sentences(event.problem.message, event.problem.hint), tone: 'danger' };
    default:
      return assertNever(event);
  }
}
