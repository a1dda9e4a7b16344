/** A snippet as a file of its own: a script, or a notebook with one cell. */
import type { Dialect } from '../../panels/lab/trace';

const IMPORTS: Partial<Record<Dialect, [pattern: RegExp, line: string]>> = {
  torch: [/^\s*(import|from)\s+torch\b/m, 'import torch'],
  np: [/^\s*(import|from)\s+numpy\b/m, 'import numpy as np'],
  tf: [/^\s*(import|from)\s+tensorflow\b/m, 'import tensorflow as tf'],
  mxnet: [/^\s*(import|from)\s+mxnet\b/m, 'from mxnet import nd, autograd, gluon'],
  keras: [/^\s*(import|from)\s+keras\b/m, 'import keras'],
};

/** The code with what the lab adds in silence: the import and the seed. */
export function script(source: string, dialect: Dialect, seed: number): string {
  const lines: string[] = [];
  const wanted = IMPORTS[dialect];
  if (wanted && !wanted[0].test(source)) lines.push(wanted[1]);
  if (dialect === 'torch') lines.push(...(wanted && !wanted[0].test(source) ? [] : ['import torch']), `torch.manual_seed(${seed})`);
  if (dialect === 'np') lines.push('import numpy as np', `np.random.seed(${seed})`);
  if (dialect === 'tf') lines.push('import tensorflow as tf', `tf.random.set_seed(${seed})`);
  const head = [...new Set(lines)];
  return `${head.length > 0 ? `${head.join('\n')}\n\n` : ''}${source.replace(/\s+$/, '')}\n`;
}

export function notebook(code: string): string {
  const source = code.split('\n').map((line, i, all) => (i < all.length - 1 ? `${line}\n` : line)).filter((line, i, all) => i < all.length - 1 || line !== '');
  return JSON.stringify(
    {
      cells: [{ cell_type: 'code', id: 'freedive', execution_count: null, metadata: {}, outputs: [], source }],
      metadata: { kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' }, language_info: { name: 'python' } },
      nbformat: 4,
      nbformat_minor: 5,
    },
    null,
    1,
  );
}
