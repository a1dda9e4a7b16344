/** 解释周围的词：代码旁的结果、一行的多次运行、内存、计算图、文件。 */
import type { labPage as en } from '../en/labPage';

export const labPage: Record<keyof typeof en, string> = {
  'labPage.ran': '运行了 {count} 次',
};
