/** What becomes of a table's rows, beside the choice of what to do with missing values. */
import { grouped } from '../../components/number';
import { listed, t } from '../../i18n/index.svelte';
import type { Outline } from '../../protocol';

export function tableFacts(outline: Outline): Record<string, string> {
  const table = outline.table;
  if (!table) return {};
  const total = grouped(table.total);
  const used =
    table.used === table.total
      ? t('table.allUsed', { total })
      : t('table.leftOut', { total, used: grouped(table.used), left: grouped(table.total - table.used) });
  const gaps = (table.gaps ?? []).map(({ column, missing, words = [], then }) => {
    const said = { column, count: grouped(missing), then: t(`table.then.${then}`) };
    return words.length > 0 ? t('table.gapWords', { ...said, words: listed(words) }) : t('table.gap', said);
  });
  return { 'dataset.missing': [used, ...gaps].join('\n') };
}
