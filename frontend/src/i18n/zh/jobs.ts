import type { jobs as en } from '../en/jobs';

export const jobs: Record<keyof typeof en, string> = {
  'home.title': '看见网络算出的每一个数。',
  'home.lead': '训练一个网络，看着它学，一步一步地走。每幅图都由 torch 算出的数画成。',
  'home.open': '打开',
  'home.training': '看网络学习，暂停它，改变它',
  'home.recipes': '配方',
  'home.recipesLead': '起好名字的起点。每个都是可以修改的规格。',
  'home.running': '正在运行',
  'home.nothingRuns': '现在没有任务在运行。',
  'home.newJob': '新任务',
  'home.keys': '快捷键',
  'home.rest': '每个页面也都是一次 REST 调用',
  'jobs.title': '任务',
};
