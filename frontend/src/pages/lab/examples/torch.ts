/** Ready snippets in PyTorch; each runs as it stands, but for those whose mistake is the point. */
import { code, type Example } from './example';

export const torch: readonly Example[] = [
  { id: 'broadcast', dialect: 'torch', family: 'broadcast', title: { en: 'A column plus a row, and back', zh: '列加行，再反向' }, watch: ['a.grad.T', 'b.grad'], source: code`
import torch
a = torch.arange(3.).reshape(3, 1)
b = torch.arange(2.).reshape(1, 2)
for t in a, b: t.requires_grad_()
c = a + b
(c ** 2).sum().backward()` },
  { id: 'broadcast-3d', dialect: 'torch', family: 'broadcast', title: { en: 'A bias on every row of a batch', zh: '给批中每一行加偏置' }, source: code`
import torch
x = torch.arange(24.).reshape(2, 3, 4)
bias = torch.tensor([10., 20., 30., 40.])
y = x + bias` },
  { id: 'broadcast-conflict', dialect: 'torch', family: 'mistakes', title: { en: 'Shapes that do not fit', zh: '对不上的形状' }, source: code`
import torch
a = torch.ones(2, 3)
b = torch.ones(2, 4)
c = a * b` },
  { id: 'standardize', dialect: 'torch', family: 'broadcast', title: { en: 'Standardize columns with keepdim', zh: '用 keepdim 标准化各列' }, source: code`
import torch
x = torch.tensor([[1., 200.], [2., 300.], [3., 700.]])
mean = x.mean(dim=0, keepdim=True)
std = x.std(dim=0, keepdim=True)
z = (x - mean) / std` },
  { id: 'creation', dialect: 'torch', family: 'creation', title: { en: 'Ways to make a tensor', zh: '创建张量的几种方式' }, source: code`
import torch
a = torch.arange(12)
b = torch.linspace(0, 1, 5)
c = torch.eye(3)
d = torch.full((2, 3), 7.)
e = torch.zeros_like(c)` },
  { id: 'random', dialect: 'torch', family: 'creation', title: { en: 'A normal sample beside its density', zh: '正态样本与密度' }, source: code`
import torch
x = torch.randn(400)
u = torch.rand(3, 4)
k = torch.randint(0, 10, (2, 5))` },
  { id: 'reshape', dialect: 'torch', family: 'shape', title: { en: 'reshape, permute, flatten', zh: 'reshape、permute、flatten' }, source: code`
import torch
x = torch.arange(24).reshape(2, 3, 4)
p = x.permute(2, 0, 1)
f = p.flatten(1)` },
  { id: 'transpose-view', dialect: 'torch', family: 'mistakes', title: { en: 'Why view fails after a transpose', zh: '转置后为何不能 view' }, source: code`
import torch
X = torch.arange(12.).reshape(3, 4)
T = X.t()
v = T.contiguous().view(12)
w = T.view(12)` },
  { id: 'cat', dialect: 'torch', family: 'shape', title: { en: 'cat, stack, split', zh: 'cat、stack、split' }, source: code`
import torch
a = torch.arange(6).reshape(2, 3)
b = a + 10
c = torch.cat([a, b], dim=0)
s = torch.stack([a, b])
left, right = c.split(2)` },
  { id: 'gather', dialect: 'torch', family: 'indexing', title: { en: 'gather: one score per row', zh: 'gather：每行取一个分数' }, source: code`
import torch
scores = torch.tensor([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]])
labels = torch.tensor([[1], [0]])
picked = scores.gather(1, labels)` },
  { id: 'topk', dialect: 'torch', family: 'indexing', title: { en: 'topk: values and where they were', zh: 'topk：值与位置' }, source: code`
import torch
x = torch.tensor([[3., 9., 1., 7.], [8., 2., 6., 4.]])
values, places = x.topk(2)` },
  { id: 'mask', dialect: 'torch', family: 'indexing', title: { en: 'Choose by a mask, and where', zh: '用掩码选取，以及 where' }, source: code`
import torch
x = torch.tensor([[1., -2., 3.], [-4., 5., -6.]])
m = x > 0
kept = x[m]
y = torch.where(m, x, 0 * x)` },
  { id: 'views', dialect: 'torch', family: 'memory', title: { en: 'Views share memory, writing shows through', zh: '视图共享内存，写入会透过去' }, watch: ['X._version', 'V.is_contiguous()', 'C.is_contiguous()'], source: code`
import torch
X = torch.arange(12.).reshape(3, 4)
V = X[1:3]
C = X[:, 1]
V[0, 2] = 9.` },
  { id: 'expand', dialect: 'torch', family: 'memory', title: { en: 'expand costs nothing, repeat copies', zh: 'expand 不占内存，repeat 会复制' }, source: code`
import torch
x = torch.arange(3.).reshape(3, 1)
e = x.expand(3, 4)
r = x.repeat(1, 4)` },
  { id: 'reduce', dialect: 'torch', family: 'reduction', title: { en: 'Sum along an axis', zh: '沿轴求和' }, source: code`
import torch
x = torch.arange(6.).reshape(2, 3)
rows = x.sum(dim=1)
columns = x.sum(dim=0)
total = x.mean()` },
  { id: 'argmax', dialect: 'torch', family: 'reduction', title: { en: 'Largest value and its place', zh: '最大值与它的位置' }, source: code`
import torch
x = torch.tensor([[0.2, 0.9, 0.4], [0.7, 0.1, 0.6]])
best, where = x.max(dim=1)
norm = x.norm(dim=0)` },
  { id: 'matmul', dialect: 'torch', family: 'contraction', title: { en: 'Row times column', zh: '行乘列' }, source: code`
import torch
A = torch.tensor([[1., 2., 3.], [4., 5., 6.]])
B = torch.tensor([[1., 0.], [2., 1.], [0., 3.]])
C = A @ B` },
  { id: 'matmul-4d', dialect: 'torch', family: 'contraction', title: { en: '4-D matmul with broadcast batches', zh: '带广播批的 4 维 matmul' }, source: code`
import torch
A = torch.arange(12.).reshape(2, 1, 2, 3)
B = torch.arange(18.).reshape(3, 3, 2)
C = torch.matmul(A, B)` },
  { id: 'einsum', dialect: 'torch', family: 'contraction', title: { en: 'einsum in letters', zh: '用字母写 einsum' }, source: code`
import torch
x = torch.arange(6.).reshape(2, 3)
w = torch.arange(12.).reshape(3, 4)
y = torch.einsum('bi,io->bo', x, w)` },
  { id: 'conv2d', dialect: 'torch', family: 'contraction', title: { en: 'conv2d: one cell written out', zh: 'conv2d：一个单元写开' }, source: code`
import torch
import torch.nn.functional as F
image = torch.arange(25.).reshape(1, 1, 5, 5)
edge = torch.tensor([[[[-1., 0., 1.], [-2., 0., 2.], [-1., 0., 1.]]]])
pool = F.max_pool2d(image, 2)
y = F.conv2d(image, edge, padding=1)` },
  { id: 'relu', dialect: 'torch', family: 'activation', title: { en: 'Activations on their curves', zh: '激活函数与曲线' }, source: code`
import torch
x = torch.linspace(-4, 4, 9)
r = torch.relu(x)
s = torch.sigmoid(x)
t = torch.tanh(x)` },
  { id: 'softmax', dialect: 'torch', family: 'activation', title: { en: 'softmax and its Jacobian', zh: 'softmax 与雅可比矩阵' }, source: code`
import torch
logits = torch.tensor([1., 2., 0.5])
p = torch.softmax(logits, dim=0)` },
  { id: 'loss', dialect: 'torch', family: 'loss', title: { en: 'Mean squared error', zh: '均方误差' }, source: code`
import torch
import torch.nn.functional as F
pred = torch.tensor([[2.5], [0.0], [2.0]], requires_grad=True)
y = torch.tensor([[3.0], [-0.5], [2.0]])
loss = F.mse_loss(pred, y)
loss.backward()` },
  { id: 'shape-detective', dialect: 'torch', family: 'mistakes', title: { en: 'A loss that quietly stretches (N, 1) by (N,)', zh: '悄悄把 (N, 1) 与 (N,) 互相拉伸的损失' }, source: code`
import torch
pred = torch.tensor([[1.], [2.], [3.], [4.]])
y = torch.tensor([1., 2., 3., 4.])
error = pred - y
loss = (error ** 2).mean()` },
  { id: 'cross-entropy', dialect: 'torch', family: 'loss', title: { en: 'Cross-entropy by hand', zh: '手写交叉熵' }, source: code`
import torch
logits = torch.tensor([[2., 1., 0.], [0., 3., 1.]])
label = torch.tensor([0, 1])
logp = torch.log_softmax(logits, dim=1)
picked = logp.gather(1, label.unsqueeze(1))
loss = -picked.mean()
same = torch.nn.functional.cross_entropy(logits, label)` },
  { id: 'dot-grad', dialect: 'torch', family: 'autograd', title: { en: 'Gradient of 2 · x · x', zh: '2 · x · x 的梯度' }, watch: ['x.grad', 'x.grad == 4 * x'], source: code`
import torch
x = torch.arange(4., requires_grad=True)
y = 2 * torch.dot(x, x)
y.backward()` },
  { id: 'second', dialect: 'torch', family: 'autograd', title: { en: 'Second derivative of 4.9 t²', zh: '4.9 t² 的二阶导数' }, source: code`
import torch
t = torch.tensor(2., requires_grad=True)
s = 4.9 * t ** 2
v, = torch.autograd.grad(s, t, create_graph=True)
a, = torch.autograd.grad(v, t)` },
  { id: 'inplace-breaks', dialect: 'torch', family: 'mistakes', title: { en: 'Writing in place breaks backward', zh: '原地写入使反向传播出错' }, source: code`
import torch
a = torch.tensor([1., 2.], requires_grad=True)
b = a.exp()
b += 1
b.sum().backward()` },
  { id: 'detach', dialect: 'torch', family: 'autograd', title: { en: 'detach cuts the graph', zh: 'detach 剪断计算图' }, watch: ['x.grad'], source: code`
import torch
x = torch.arange(4., requires_grad=True)
y = x * x
u = y.detach()
z = u * x
z.sum().backward()` },
  { id: 'linear', dialect: 'torch', family: 'layers', title: { en: 'A linear layer', zh: '线性层' }, source: code`
import torch
from torch import nn
layer = nn.Linear(3, 2)
x = torch.tensor([[1., 2., 3.], [0., 1., 0.]])
y = layer(x)` },
  { id: 'module', dialect: 'torch', family: 'layers', title: { en: 'A class that extends nn.Module', zh: '继承 nn.Module 的类' }, source: code`
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(2, 3)
        self.out = nn.Linear(3, 1)
    def forward(self, x):
        return self.out(torch.relu(self.hidden(x)))
net = Net()
x = torch.tensor([[1., -1.], [2., 0.5]])
y = net(x)
y.sum().backward()` },
  { id: 'sgd', dialect: 'torch', family: 'training', title: { en: 'Three steps of gradient descent', zh: '三步梯度下降' }, watch: ['w'], source: code`
import torch
w = torch.tensor(4., requires_grad=True)
for step in range(3):
    loss = (w - 1) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.grad.zero_()
    print(step, round(loss.item(), 4), round(w.item(), 4))` },
  { id: 'optimizer', dialect: 'torch', family: 'training', title: { en: 'A fit with an optimizer', zh: '用优化器拟合' }, source: code`
import torch
from torch import nn
x = torch.linspace(-1, 1, 8).unsqueeze(1)
y = 3 * x + 0.5
net = nn.Linear(1, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.3)
for epoch in range(20):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(net.weight.item(), net.bias.item())` },
  { id: 'nan', dialect: 'torch', family: 'mistakes', title: { en: 'Where the first NaN came from', zh: '第一个 NaN 从哪来' }, source: code`
import torch
x = torch.tensor([1., 0., -1.])
l = torch.log(x)
y = l * 0
total = y.sum()` },
  { id: 'plot', dialect: 'torch', family: 'drawing', title: { en: 'Curves and a picture', zh: '曲线与图像' }, source: code`
import torch
import matplotlib.pyplot as plt
x = torch.linspace(-3, 3, 60)
plt.plot(x, torch.sin(x))
plt.scatter(x, torch.sin(x) + 0.1 * torch.randn(60))
plt.show()
plt.imshow(torch.outer(torch.sin(x), torch.cos(x)))
plt.show()` },
];
