/** Ready snippets in NumPy and pandas; each runs as it stands, but for those whose mistake is the point. */
import { code, type Example } from './example';

export const numpy: readonly Example[] = [
  { id: 'numpy', family: 'memory', dialect: 'np', title: { en: 'A strided view', zh: '带步幅的视图' }, source: code`
import numpy as np
a = np.arange(12).reshape(3, 4)
b = a[:, ::2]
c = a.T.reshape(-1)
d = np.maximum(a, 6)` },
  { id: 'pandas', family: 'indexing', dialect: 'np', title: { en: 'pandas: mend a table, then compute', zh: 'pandas：修补表格再计算' }, source: code`
import pandas as pd, io
text = 'rooms,alley,price\n,Pave,127500\n2,,106000\n4,,178100\n'
data = pd.read_csv(io.StringIO(text))
inputs = data.iloc[:, 0:2]
inputs = pd.get_dummies(inputs, dummy_na=True)
inputs = inputs.fillna(inputs.mean())
X = inputs.to_numpy(dtype=float)
centered = X - X.mean(axis=0)` },
  { id: 'np-broadcast', dialect: 'np', family: 'broadcast', title: { en: 'A table of products from a column and a row', zh: '列与行相乘成表' }, source: code`
import numpy as np
column = np.arange(1, 5)[:, np.newaxis]
row = np.arange(1, 4)
table = column * row` },
  { id: 'np-creation', dialect: 'np', family: 'creation', title: { en: 'Ways to make an array, with their dtypes', zh: '创建数组的几种方式及其 dtype' }, source: code`
import numpy as np
a = np.zeros((2, 3))
b = np.arange(0, 1, 0.25)
c = np.eye(3, dtype=int)
d = np.random.normal(0, 1, size=(3, 4))` },
  { id: 'np-shape', dialect: 'np', family: 'shape', title: { en: 'reshape, transpose, stack', zh: 'reshape、transpose、stack' }, source: code`
import numpy as np
a = np.arange(6).reshape(2, 3)
t = a.T
b = np.concatenate([a, a + 10], axis=0)
s = np.stack([a, a + 10], axis=-1)` },
  { id: 'np-mask', dialect: 'np', family: 'indexing', title: { en: 'A mask and a list of places', zh: '掩码与位置列表' }, source: code`
import numpy as np
a = np.array([[5, -1, 3], [-2, 8, -7]])
kept = a[a > 0]
picked = a[:, [2, 0]]
clipped = np.where(a > 0, a, 0)` },
  { id: 'np-reduce', dialect: 'np', family: 'reduction', title: { en: 'Means along each axis', zh: '沿各轴求平均' }, source: code`
import numpy as np
a = np.array([[1., 2., 3.], [4., 5., 9.]])
columns = a.mean(axis=0)
rows = a.mean(axis=1, keepdims=True)
place = a.argmax(axis=1)` },
  { id: 'np-matmul', dialect: 'np', family: 'contraction', title: { en: 'A product and einsum', zh: '矩阵乘积与 einsum' }, source: code`
import numpy as np
A = np.array([[1., 2.], [3., 4.], [5., 6.]])
B = np.array([[1., 0., 2.], [0., 1., 3.]])
C = A @ B
trace = np.einsum('ii->', C)` },
  { id: 'np-activation', dialect: 'np', family: 'activation', title: { en: 'A sigmoid by hand', zh: '手写 sigmoid' }, source: code`
import numpy as np
x = np.linspace(-4, 4, 9)
s = 1 / (1 + np.exp(-x))
r = np.maximum(x, 0)
h = np.tanh(x)` },
  { id: 'np-loss', dialect: 'np', family: 'loss', title: { en: 'Mean squared error by hand', zh: '手写均方误差' }, source: code`
import numpy as np
y = np.array([3., -0.5, 2., 7.])
guess = np.array([2.5, 0., 2., 8.])
error = guess - y
loss = np.mean(error ** 2)` },
  { id: 'np-descent', dialect: 'np', family: 'training', title: { en: 'Gradient descent with the gradient by hand', zh: '手写梯度的梯度下降' }, watch: ['w'], source: code`
import numpy as np
X = np.array([[1., 1.], [2., 1.], [3., 1.], [4., 1.]])
y = np.array([3., 5., 7., 9.])
w = np.zeros(2)
for step in range(20):
    error = X @ w - y
    grad = 2 * X.T @ error / len(y)
    w = w - 0.05 * grad
print(w)` },
];
