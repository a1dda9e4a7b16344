/** 解释周围的词：代码旁的结果、一行的多次运行、内存、计算图、文件。 */
import type { labPage as en } from '../en/labPage';

export const labPage: Record<keyof typeof en, string> = {
  'labPage.ran': '运行了 {count} 次',
  'labPage.runs': '这一行的各次运行',
  'labPage.run': '第 {line} 行，运行',
  'labPage.runBack': '上一次运行',
  'labPage.runOn': '下一次运行',
  'labPage.runsHeld': '记录了前 {count} 次',
  'labPage.absent': '这里没有定义',
  'labPage.linkInBar': '浏览器不允许此页复制。地址栏里就是这个链接。',
  'labPage.again': '代码会保留；一旦可以就自动运行。',
  'labPage.memory': '{storages} 个存储，{bytes}',
  'labPage.rest': '另有 {count} 个数',
  'labPage.repeated': '{name} 把存储的 {cells} 个数读了 {count} 次。复制一份需要 {bytes}。',
  'labPage.jumps': '{name} 跳着读取：不连续。复制一份需要 {bytes}。',
  'labPage.memoryWords': '{bytes} 的存储，由 {names} 读取。',
  'labPage.eachTimes': '视图，每个数 ×{count}',
  'labPage.folded': '另有 {count} 个没有名字，共 {bytes}',
  'labPage.fold': '只显示有名字的',
  'labPage.numbers': '{count} 个数',
  'labPage.zoomIn': '放大',
  'labPage.zoomOut': '缩小',
  'labPage.fit': '显示全部',
  'labPage.overview': '每 {rows} 行、每 {columns} 列取一个；点按查看那里',
  'labPage.axes': '轴 {down} 在块内向下，轴 {across} 在块内向右；之前的轴排列各块。',
};
