/** Ready snippets in MXNet; each runs as it stands, but for those whose mistake is the point. */
import { code, type Example } from './example';

export const mxnet: readonly Example[] = [
  { id: 'gluon', family: 'training', dialect: 'mxnet', title: { en: 'Gluon: a training loop', zh: 'Gluon：训练循环' }, source: code`
from mxnet import nd, autograd, gluon
from mxnet.gluon import nn
X = nd.array([[1., 2.], [2., 1.], [3., 0.], [0., 3.]])
y = nd.dot(X, nd.array([2., -1.])) + 0.5
net = nn.Sequential()
net.add(nn.Dense(1))
net.initialize()
loss = gluon.loss.L2Loss()
trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1})
for epoch in range(3):
    with autograd.record():
        l = loss(net(X), y)
    l.backward()
    trainer.step(4)
    print(epoch, l.mean().asscalar())` },
  { id: 'mxnet-grad', family: 'autograd', dialect: 'mxnet', title: { en: 'record and backward', zh: 'record 与 backward' }, watch: ['x.grad'], source: code`
from mxnet import nd, autograd
x = nd.arange(4)
x.attach_grad()
with autograd.record():
    y = 2 * nd.dot(x, x)
y.backward()` },
  { id: 'nd-broadcast', dialect: 'mxnet', family: 'broadcast', title: { en: 'A column plus a row', zh: '列加行' }, source: code`
from mxnet import nd
a = nd.arange(3).reshape((3, 1))
b = nd.arange(2).reshape((1, 2))
c = a + b` },
  { id: 'nd-creation', dialect: 'mxnet', family: 'creation', title: { en: 'zeros, arange and a normal sample', zh: 'zeros、arange 与正态样本' }, source: code`
from mxnet import nd
a = nd.zeros((2, 3))
b = nd.arange(12).reshape((3, 4))
c = nd.random.normal(0, 1, shape=(3, 4))` },
  { id: 'nd-shape', dialect: 'mxnet', family: 'shape', title: { en: 'reshape, transpose, concat', zh: 'reshape、transpose、concat' }, source: code`
from mxnet import nd
x = nd.arange(12).reshape((3, 4))
t = x.T
c = nd.concat(x, x + 100, dim=0)
e = x.expand_dims(axis=0)` },
  { id: 'nd-indexing', dialect: 'mxnet', family: 'indexing', title: { en: 'Slices and one score per row', zh: '切片与每行一个分数' }, source: code`
from mxnet import nd
x = nd.array([[0.1, 0.3, 0.6], [0.3, 0.2, 0.5]])
rows = x[0:1]
picked = nd.pick(x, nd.array([0, 2]))` },
  { id: 'nd-memory', dialect: 'mxnet', family: 'memory', title: { en: 'Writing into the same memory', zh: '写入同一块内存' }, source: code`
from mxnet import nd
x = nd.ones((2, 3))
y = nd.arange(6).reshape((2, 3))
z = y.zeros_like()
z[:] = x + y
x += y` },
  { id: 'nd-reduce', dialect: 'mxnet', family: 'reduction', title: { en: 'sum and mean along an axis', zh: '沿轴 sum 与 mean' }, source: code`
from mxnet import nd
x = nd.arange(6).reshape((2, 3))
rows = x.sum(axis=1)
columns = x.mean(axis=0, keepdims=True)
norm = x.norm()` },
  { id: 'nd-dot', dialect: 'mxnet', family: 'contraction', title: { en: 'dot of matrices', zh: '矩阵 dot' }, source: code`
from mxnet import nd
A = nd.array([[1, 2, 3], [4, 5, 6]])
B = nd.array([[1, 0], [2, 1], [0, 3]])
C = nd.dot(A, B)` },
  { id: 'nd-activation', dialect: 'mxnet', family: 'activation', title: { en: 'relu, sigmoid, softmax', zh: 'relu、sigmoid、softmax' }, source: code`
from mxnet import nd
x = nd.array([-3, -1, 0, 1, 3])
r = nd.relu(x)
s = nd.sigmoid(x)
p = nd.softmax(x)` },
  { id: 'nd-loss', dialect: 'mxnet', family: 'loss', title: { en: 'L2 loss halves the square', zh: 'L2Loss 会除以二' }, source: code`
from mxnet import nd, gluon
y = nd.array([3., -0.5, 2.])
guess = nd.array([2.5, 0., 2.])
loss = gluon.loss.L2Loss()
each = loss(guess, y)` },
  { id: 'gluon-dense', dialect: 'mxnet', family: 'layers', title: { en: 'A Dense layer, shaped by its first input', zh: '由第一次输入定形的 Dense 层' }, source: code`
from mxnet import nd
from mxnet.gluon import nn
net = nn.Dense(2, activation='relu')
net.initialize()
x = nd.array([[1., 2., 3.], [0., 1., 0.]])
y = net(x)` },
];
