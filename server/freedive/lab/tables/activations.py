"""Activation functions: `curve` draws them, `F.` and `nn.` share the row."""

TABLE = """
relu | activation |  |  | tf:nn.relu mx:relu keras:activations.relu | F.relu(x) | max(0, x). | max(0, x)：负数变为 0。
relu6 | activation |  | f | tf:nn.relu6 | F.relu6(x) | relu cut at 6. | 上限为 6 的 relu。
leaky_relu | activation |  | f | tf:nn.leaky_relu mx:LeakyReLU keras:layers.LeakyReLU | F.leaky_relu(x, 0.01) | relu with a small slope below 0. | 负半轴带小斜率的 relu。
prelu | activation |  |  | keras:layers.PReLU | F.prelu(x, w) | relu with a learned slope below 0. | 负半轴斜率可学习的 relu。
rrelu | activation |  | f |  | F.rrelu(x) | relu with a random slope below 0. | 负半轴斜率随机的 relu。
elu | activation |  | f | tf:nn.elu keras:activations.elu | F.elu(x) | exp(x) - 1 below 0. | 指数线性单元：负半轴为 exp(x) − 1。
selu | activation |  |  | tf:nn.selu keras:activations.selu | F.selu(x) | elu scaled to keep mean 0 and deviation 1. | 自归一化的 elu：保持均值 0、标准差 1。
celu | activation |  |  |  | F.celu(x) | Smooth elu. | 连续可微的 elu。
gelu | activation |  | f | tf:nn.gelu keras:activations.gelu | F.gelu(x) | x times the normal distribution function. | x 乘以标准正态分布函数。
silu | activation |  | f | tf:nn.silu keras:activations.silu | F.silu(x) | x times sigmoid(x). | x 乘以 sigmoid(x)，又叫 swish。
mish | activation |  | f | keras:activations.mish | F.mish(x) | x times tanh(softplus(x)). | x 乘以 tanh(softplus(x))。
sigmoid | activation |  |  | tf:sigmoid mx:sigmoid keras:activations.sigmoid | torch.sigmoid(x) | 1 / (1 + exp(-x)). | 1 / (1 + exp(−x))，取值在 0 与 1 之间。
logsigmoid | activation |  | f | tf:math.log_sigmoid mx:log_sigmoid | F.logsigmoid(x) | Log of the sigmoid. | sigmoid 的对数。
hardsigmoid | activation |  | f | keras:activations.hard_sigmoid | F.hardsigmoid(x) | Straight-line sigmoid. | 分段线性的 sigmoid。
tanh | activation |  |  | np:tanh tf:tanh mx:tanh keras:activations.tanh | torch.tanh(x) | Between -1 and 1. | 双曲正切，取值在 −1 与 1 之间。
hardtanh | activation |  | f |  | F.hardtanh(x) | x cut at -1 and 1. | 截断到 −1 与 1 之间。
hardswish | activation |  | f |  | F.hardswish(x) | Straight-line silu. | 分段的 swish。
tanhshrink | activation |  | f |  | F.tanhshrink(x) | x - tanh(x). | x − tanh(x)。
softplus | activation |  | f | tf:math.softplus keras:activations.softplus | F.softplus(x) | log(1 + exp(x)), a smooth relu. | log(1 + exp(x))，平滑的 relu。
softsign | activation |  | f | tf:nn.softsign mx:softsign | F.softsign(x) | x / (1 + abs(x)). | x / (1 + abs(x))。
softshrink | activation |  | f |  | F.softshrink(x) | Pulls values towards 0. | 软收缩：把值向 0 拉。
hardshrink | activation |  |  |  | F.hardshrink(x) | 0 near 0, x elsewhere. | 硬收缩：0 附近取 0，其余不变。
threshold | activation |  | f |  | F.threshold(x, 0.1, 0.) | x above a threshold, else a value. | 大于阈值时不变，否则取给定值。
softmax | activation |  |  | tf:nn.softmax mx:softmax keras:activations.softmax | F.softmax(x, dim=-1) | Positive shares that add up to 1. | 归一化成正的比例，和为 1。
log_softmax | activation |  |  | tf:nn.log_softmax mx:log_softmax | F.log_softmax(x, dim=-1) | Log of softmax. | softmax 的对数。
softmin | activation |  | f |  | F.softmin(x, dim=-1) | softmax of -x. | 对 -x 的 softmax。
gumbel_softmax | activation |  | f |  | F.gumbel_softmax(x) | A random, nearly one-hot choice. | 近似独热的随机选择。
glu | activation |  | f |  | F.glu(x) | One half times the sigmoid of the other. | 门控线性单元：一半乘以另一半的 sigmoid。
normalize | activation |  | f | tf:math.l2_normalize | F.normalize(x, dim=1) | Vectors made length 1. | 把向量缩放到单位长度。
"""
