"""Activation functions: `curve` draws them, `F.` and `nn.` share the row."""

TABLE = """
relu | activation |  |  | tf:nn.relu mx:relu keras:activations.relu | F.relu(x) | max(0, x). | 线性整流。
relu6 | activation |  | f | tf:nn.relu6 | F.relu6(x) | relu cut at 6. | 上限为 6 的 relu。
leaky_relu | activation |  | f | tf:nn.leaky_relu mx:LeakyReLU keras:layers.LeakyReLU | F.leaky_relu(x, 0.01) | relu with a small slope below 0. | 带小斜率的 relu。
prelu | activation |  |  | keras:layers.PReLU | F.prelu(x, w) | relu with a learned slope below 0. | 可学习斜率的 relu。
rrelu | activation |  | f |  | F.rrelu(x) | relu with a random slope below 0. | 随机斜率的 relu。
elu | activation |  | f | tf:nn.elu keras:activations.elu | F.elu(x) | exp(x) - 1 below 0. | 指数线性单元。
selu | activation |  |  | tf:nn.selu keras:activations.selu | F.selu(x) | elu scaled to keep mean 0 and deviation 1. | 自归一化 elu。
celu | activation |  |  |  | F.celu(x) | Smooth elu. | 连续可微 elu。
gelu | activation |  | f | tf:nn.gelu keras:activations.gelu | F.gelu(x) | x times the normal distribution function. | 高斯误差线性单元。
silu | activation |  | f | tf:nn.silu keras:activations.silu | F.silu(x) | x times sigmoid(x). | x·sigmoid(x)。
mish | activation |  | f | keras:activations.mish | F.mish(x) | x times tanh(softplus(x)). | mish 激活。
sigmoid | activation |  |  | tf:sigmoid mx:sigmoid keras:activations.sigmoid | torch.sigmoid(x) | 1 / (1 + exp(-x)). | S 形函数。
logsigmoid | activation |  | f | tf:math.log_sigmoid mx:log_sigmoid | F.logsigmoid(x) | Log of the sigmoid. | sigmoid 的对数。
hardsigmoid | activation |  | f | keras:activations.hard_sigmoid | F.hardsigmoid(x) | Straight-line sigmoid. | 分段线性 sigmoid。
tanh | activation |  |  | np:tanh tf:tanh mx:tanh keras:activations.tanh | torch.tanh(x) | Between -1 and 1. | 双曲正切。
hardtanh | activation |  | f |  | F.hardtanh(x) | x cut at -1 and 1. | 截断到 ±1。
hardswish | activation |  | f |  | F.hardswish(x) | Straight-line silu. | 分段 swish。
tanhshrink | activation |  | f |  | F.tanhshrink(x) | x - tanh(x). | x-tanh(x)。
softplus | activation |  | f | tf:math.softplus keras:activations.softplus | F.softplus(x) | log(1 + exp(x)), a smooth relu. | 平滑的 relu。
softsign | activation |  | f | tf:nn.softsign mx:softsign | F.softsign(x) | x / (1 + abs(x)). | x/(1+|x|)。
softshrink | activation |  | f |  | F.softshrink(x) | Pulls values towards 0. | 软收缩。
hardshrink | activation |  |  |  | F.hardshrink(x) | 0 near 0, x elsewhere. | 硬收缩。
threshold | activation |  | f |  | F.threshold(x, 0.1, 0.) | x above a threshold, else a value. | 阈值。
softmax | activation |  |  | tf:nn.softmax mx:softmax keras:activations.softmax | F.softmax(x, dim=-1) | Positive shares that add up to 1. | 归一化指数,和为 1。
log_softmax | activation |  |  | tf:nn.log_softmax mx:log_softmax | F.log_softmax(x, dim=-1) | Log of softmax. | softmax 的对数。
softmin | activation |  | f |  | F.softmin(x, dim=-1) | softmax of -x. | 对 -x 的 softmax。
gumbel_softmax | activation |  | f |  | F.gumbel_softmax(x) | A random, nearly one-hot choice. | 近似独热的随机选择。
glu | activation |  | f |  | F.glu(x) | One half times the sigmoid of the other. | 门控线性单元。
normalize | activation |  | f | tf:math.l2_normalize | F.normalize(x, dim=1) | Vectors made length 1. | 归一化为单位长度。
""".replace("x/(1+|x|)。", "x/(1+abs(x))。")
