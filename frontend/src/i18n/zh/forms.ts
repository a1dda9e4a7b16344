import type { forms as en } from '../en/forms';

export const forms: Record<keyof typeof en, string> = {
  'form.more': '其他',
};
