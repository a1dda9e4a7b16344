"""Tensors out of nothing: constants, ranges, copies of data, and random numbers."""

TABLE = """
tensor | creation | nested | f | np:array tf:constant mx:array keras:ops.array | torch.tensor([[1., 2.], [3., 4.]]) | Copies data into a new tensor. | 把数据复制成新张量。
as_tensor | creation | nested | f | np:asarray tf:convert_to_tensor mx:array | torch.as_tensor([1, 2, 3]) | Makes a tensor and shares memory where it can. | 转成张量，能共享内存就共享。
from_numpy | creation | none | f | np:asarray tf:constant mx:array | torch.from_numpy(np.ones(3)) | A tensor on the array's own memory. | 与数组共用内存的张量。
scalar_tensor | creation | none | f | tf:constant | torch.scalar_tensor(3.0) | A tensor without axes. | 没有轴的张量（标量）。
zeros | creation | shape | f | np:zeros tf:zeros mx:zeros keras:ops.zeros | torch.zeros(2, 3) | A tensor filled with 0. | 全 0 张量。
ones | creation | shape | f | np:ones tf:ones mx:ones keras:ops.ones | torch.ones(2, 3) | A tensor filled with 1. | 全 1 张量。
empty | creation | shape | f | np:empty mx:empty | torch.empty(2, 3) | Memory without set values; the lab fills it with 0. | 未初始化的张量；实验室里填 0。
full | creation | first | f | np:full tf:fill mx:full keras:ops.full | torch.full((2, 3), 7.0) | A tensor filled with one value. | 用同一个值填满的张量。
zeros_like | creation |  | f | np:zeros_like tf:zeros_like mx:zeros_like | torch.zeros_like(x) | Zeros of the same shape and dtype. | 形状与类型相同的全 0 张量。
ones_like | creation |  | f | np:ones_like tf:ones_like mx:ones_like | torch.ones_like(x) | Ones of the same shape and dtype. | 形状与类型相同的全 1 张量。
empty_like | creation |  | f | np:empty_like | torch.empty_like(x) | An unset tensor of the same shape; the lab fills it with 0. | 形状相同的未初始化张量；实验室里填 0。
full_like | creation |  | f | np:full_like tf:fill | torch.full_like(x, 5) | One value in the same shape. | 形状相同，用一个值填满。
arange | creation | steps | f | np:arange tf:range mx:arange keras:ops.arange | torch.arange(0, 10, 2) | Numbers from start up to, not including, end. | 从 start 到 end（不含）的等差数列。
range | creation | steps | f | np:arange | torch.range(0, 10) | Numbers from start to end, the end included. | 从 start 到 end（含）的等差数列。
linspace | creation | count | f | np:linspace tf:linspace mx:linspace | torch.linspace(0, 1, 5) | Evenly spaced numbers, both ends included. | 等间隔的数，含两端。
logspace | creation | count | f | np:logspace | torch.logspace(0, 2, 3) | Numbers evenly spaced on a log scale. | 对数尺度上等间隔的数。
eye | creation | square | f | np:eye tf:eye mx:eye keras:ops.eye | torch.eye(3) | The identity matrix. | 单位矩阵。
complex | creation |  | f | tf:complex | torch.complex(a, b) | Complex numbers from two real tensors. | 由实部和虚部组成复数。
asarray | creation | nested | f | np:asarray tf:convert_to_tensor | torch.asarray([1, 2]) | Makes a tensor and shares memory where it can. | 转成张量,能共享内存就共享。
new_empty | creation | last | m | np:empty | x.new_empty(2) | Memory without set values; the lab fills it with 0. | 未初始化的张量;这里填 0。
new_zeros | creation | last | m | np:zeros | x.new_zeros(2) | Zeros with this tensor's dtype. | 与本张量同类型的全 0 张量。
new_ones | creation | last | m | np:ones | x.new_ones(2) | Ones with this tensor's dtype. | 与本张量同类型的全 1 张量。
new_full | creation | last | m | np:full | x.new_full((2,), 3.) | One value with this tensor's dtype. | 与本张量同类型，用一个值填满。
new_tensor | creation | nested | m | np:array | x.new_tensor([1, 2]) | Copies data with this tensor's dtype. | 复制数据，类型与本张量相同。
tril_indices | creation | triangle | f | np:tril_indices | torch.tril_indices(3, 3) | Row and column numbers of the lower triangle. | 下三角的行号与列号。
triu_indices | creation | triangle | f | np:triu_indices | torch.triu_indices(3, 3) | Row and column numbers of the upper triangle. | 上三角的行号与列号。
hann_window | creation | count | f | np:hanning | torch.hann_window(8) | The Hann window. | 汉宁窗。
"""

RANDOM = """
rand | random | shape | f | np:random.rand tf:random.uniform mx:random.uniform | torch.rand(2, 3) | Uniform numbers in [0, 1). | [0, 1) 上的均匀分布。
randn | random | shape | f | np:random.randn tf:random.normal mx:random.normal | torch.randn(2, 3) | Normal numbers, mean 0 and deviation 1. | 标准正态分布，均值 0，标准差 1。
randint | random | shape | f | np:random.randint tf:random.uniform mx:random.randint | torch.randint(0, 10, (2, 3)) | Whole numbers from low up to, not including, high. | 随机整数，从 low 到 high（不含）。
randperm | random | count | f | np:random.permutation tf:random.shuffle mx:random.shuffle | torch.randperm(5) | 0 to n-1 in random order. | 0 到 n-1 的随机排列。
rand_like | random |  | f | np:random.rand tf:random.uniform | torch.rand_like(x) | Uniform numbers in the same shape. | 形状相同的均匀随机数。
randn_like | random |  | f | np:random.randn tf:random.normal | torch.randn_like(x) | Normal numbers in the same shape. | 形状相同的标准正态随机数。
randint_like | random |  | f | np:random.randint | torch.randint_like(x, 10) | Whole random numbers in the same shape. | 形状相同的随机整数。
normal | random | last | f | np:random.normal tf:random.normal mx:random.normal | torch.normal(0., 1., (2, 3)) | Normal numbers with a mean and deviation for each. | 各有均值与标准差的正态随机数。
bernoulli | random |  |  | np:random.binomial | torch.bernoulli(p) | 1 with the given chance, else 0. | 以给定概率取 1，否则取 0。
multinomial | random | meta |  | np:random.choice tf:random.categorical mx:random.multinomial | torch.multinomial(w, 2) | Draws positions by their weights. | 按权重抽取位置。
poisson | random |  | f | np:random.poisson tf:random.poisson | torch.poisson(rate) | Counts of rare events. | 泊松分布的随机计数。
"""
