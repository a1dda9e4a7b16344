import type { training as en } from '../en/training';

export const training: Record<keyof typeof en, string> = {
  'training.title': '训练实验室',
  'training.tab.spec': '规格',
  'training.tab.net': '网络',
  'training.tab.output': '输出',
  'training.tab.gradients': '梯度',
  'training.tab.code': '代码',
};
