/** A snippet as a file of its own: a script that prints what the lab shows beside its lines, or a notebook. */
import type { Dialect, Statement } from '../../panels/lab/trace';

/** Names that the lab knows without an import, and the line that binds each in plain Python. */
const IMPORTS: Record<Exclude<Dialect, 'auto'>, Record<string, string>> = {
  torch: { torch: 'import torch', nn: 'from torch import nn', F: 'import torch.nn.functional as F', np: 'import numpy as np', pd: 'import pandas as pd' },
  np: { np: 'import numpy as np', pd: 'import pandas as pd' },
  tf: { tf: 'import tensorflow as tf', np: 'import numpy as np', keras: 'from tensorflow import keras' },
  mxnet: { mx: 'import mxnet as mx', nd: 'from mxnet import nd', autograd: 'from mxnet import autograd', gluon: 'from mxnet import gluon', nn: 'from mxnet.gluon import nn', np: 'import numpy as np' },
  keras: { keras: 'import keras', tf: 'import tensorflow as tf', np: 'import numpy as np' },
};
/** How each library is given the seed, and the name that this needs. */
const SEEDS: Record<Exclude<Dialect, 'auto'>, [name: string, call: string]> = {
  torch: ['torch', 'torch.manual_seed'],
  np: ['np', 'np.random.seed'],
  tf: ['tf', 'tf.random.set_seed'],
  mxnet: ['mx', 'mx.random.seed'],
  keras: ['keras', 'keras.utils.set_random_seed'],
};

const isBound = (name: string, source: string): boolean => new RegExp(`^[ \\t]*(?:(?:import|from)\\b[^\\n]*(?<![\\w.])${name}(?![\\w.])|${name}\\s*=)`, 'm').test(source);
const isUsed = (name: string, source: string): boolean => new RegExp(`(?<![\\w.'"])${name}\\s*[.(]`).test(source);

/** What the lab adds in silence: imports and the seed. */
function head(source: string, dialect: Dialect, seed: number): string {
  const own = dialect === 'auto' ? 'torch' : dialect;
  const [seeded, call] = SEEDS[own];
  const needed = Object.entries(IMPORTS[own]).filter(([name]) => (name === seeded || isUsed(name, source)) && !isBound(name, source));
  return [...needed.map(([, line]) => line), ...(isBound(seeded, source) ? [] : [`${call}(${seed})`])].join('\n');
}

/** Where an import of the library itself stands in the code, the seed follows the imports. */
function seeded(lines: string[], dialect: Dialect, seed: number): string[] {
  const [name, call] = SEEDS[dialect === 'auto' ? 'torch' : dialect];
  const source = lines.join('\n');
  if (!isBound(name, source)) return lines;
  const last = lines.findLastIndex((line) => /^(import|from)\b/.test(line));
  return last < 0 ? [`${call}(${seed})`, ...lines] : [...lines.slice(0, last + 1), `${call}(${seed})`, ...lines.slice(last + 1)];
}

/** What only a notebook or the lab understands, as a comment. */
const plain = (line: string): string => (/^\s*[%!]|^[^#'"]*\?\s*$/.test(line) ? `# ${line}` : line);

const gives = (statement: Statement): boolean => statement.target.length === 0 && statement.value !== null && statement.value.kind !== 'none' && !/^print\b/.test(statement.source);

/** The code with its imports and seed; expressions that stand alone are printed, as the lab shows them. */
export function script(source: string, dialect: Dialect, seed: number, statements: readonly Statement[] = []): string {
  const lines = source.replace(/\s+$/, '').split('\n');
  for (const statement of statements) {
    const [from, to] = [statement.line - 1, statement.end_line - 1];
    const written = lines.slice(from, to + 1).join('\n');
    if (!gives(statement) || written.trim() !== statement.source.trim()) continue;
    lines[from] = `print(${lines[from]!}`;
    lines[to] = `${lines[to]!})`;
  }
  const above = head(source, dialect, seed);
  return `${above ? `${above}\n\n` : ''}${seeded(lines.map(plain), dialect, seed).join('\n')}\n`;
}

interface Cell {
  cell_type: 'code';
  id: string;
  execution_count: null;
  metadata: Record<string, never>;
  outputs: never[];
  source: string[];
}

/** A notebook (nbformat 4.5) whose cells end where the lab shows the value of an expression. */
export function notebook(source: string, dialect: Dialect, seed: number, statements: readonly Statement[] = []): string {
  const lines = source.replace(/\s+$/, '').split('\n');
  const ends = statements.filter(gives).map((statement) => statement.end_line);
  const parts: string[][] = [];
  let from = 0;
  for (const end of [...new Set([...ends, lines.length])].sort((a, b) => a - b)) {
    const part = lines.slice(from, end).map(plain);
    while (part.length > 0 && part[0]!.trim() === '') part.shift();
    if (part.length > 0) parts.push(part);
    from = end;
  }
  const above = head(source, dialect, seed);
  parts[0] = [...(above ? [...above.split('\n'), ''] : []), ...seeded(parts[0] ?? [], dialect, seed)];
  const cells = parts.map((part, i): Cell => ({ cell_type: 'code', id: `cell-${i + 1}`, execution_count: null, metadata: {}, outputs: [], source: part.map((line, at) => (at < part.length - 1 ? `${line}\n` : line)) }));
  return JSON.stringify({ cells, metadata: { kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' }, language_info: { name: 'python' } }, nbformat: 4, nbformat_minor: 5 }, null, 1);
}
