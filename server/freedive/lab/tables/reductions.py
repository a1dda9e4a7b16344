"""Many elements into one: sums, means, extremes, norms; and running totals."""

TABLE = """
sum | reduction |  |  | np:sum tf:reduce_sum mx:sum keras:ops.sum | x.sum(dim=1) | The sum of all elements or along axes. | 全部元素之和，或沿轴求和。
nansum | reduction |  |  | np:nansum | x.nansum() | The sum without nan. | 忽略 nan 求和。
mean | reduction |  |  | np:mean tf:reduce_mean mx:mean keras:ops.mean | x.mean(dim=1) | The mean of all elements or along axes. | 全部元素的平均值，或沿轴求平均。
nanmean | reduction |  |  | np:nanmean | x.nanmean() | The mean without nan. | 忽略 nan 求平均。
median | reduction | none |  | np:median | x.median() | The middle value (the lower of two). | 中位数（两个中取较小的）。
nanmedian | reduction | none |  | np:nanmedian | x.nanmedian() | The middle value without nan. | 忽略 nan 的中位数。
mode | reduction | none |  |  | x.mode() | The most frequent value along an axis. | 沿轴出现最多的值。
prod | reduction |  |  | np:prod tf:reduce_prod mx:prod | x.prod() | The product of all elements or along an axis. | 全部元素之积，或沿轴求积。
max | reduction |  |  | np:max tf:reduce_max mx:max | x.max(dim=1) | The largest, with its place along an axis. | 最大值；沿轴时也给出位置。
min | reduction |  |  | np:min tf:reduce_min mx:min | x.min(dim=1) | The smallest, with its place along an axis. | 最小值；沿轴时也给出位置。
amax | reduction |  |  | np:max tf:reduce_max mx:max | x.amax(1) | The largest along axes. | 沿轴的最大值。
amin | reduction |  |  | np:min tf:reduce_min mx:min | x.amin(1) | The smallest along axes. | 沿轴的最小值。
aminmax | reduction |  |  |  | x.aminmax() | Smallest and largest at once. | 同时求最小值和最大值。
argmax | reduction |  |  | np:argmax tf:argmax mx:argmax | x.argmax(dim=1) | Place of the largest; flattened unless an axis is given. | 最大值的位置；不给轴时按展平后计。
argmin | reduction |  |  | np:argmin tf:argmin mx:argmin | x.argmin(dim=1) | Place of the smallest; flattened unless an axis is given. | 最小值的位置；不给轴时按展平后计。
std | reduction |  |  | np:std tf:math.reduce_std | x.std() | Standard deviation (n - 1). | 标准差（除以 n − 1）。
var | reduction |  |  | np:var tf:math.reduce_variance | x.var() | Variance (n - 1). | 方差（除以 n − 1）。
std_mean | reduction |  | f | np:std | torch.std_mean(x) | Deviation and mean at once. | 同时求标准差和平均值。
var_mean | reduction |  | f | np:var | torch.var_mean(x) | Variance and mean at once. | 同时求方差和平均值。
all | reduction |  |  | np:all tf:reduce_all | x.all() | True when every element is. | 每个元素都真才为真。
any | reduction |  |  | np:any tf:reduce_any | x.any() | True when some element is. | 有一个元素为真即为真。
norm | reduction |  |  | np:linalg.norm tf:norm mx:norm | x.norm(2) | Length: root of the sum of squares, or another p. | 长度：平方和的平方根，或其他 p 范数。
dist | reduction |  |  | np:linalg.norm | torch.dist(a, b) | Norm of the difference. | 差的范数。
logsumexp | reduction |  |  | tf:reduce_logsumexp | x.logsumexp(1) | Log of the sum of exponentials, without overflow. | 指数之和的对数，不溢出。
count_nonzero | reduction |  |  | np:count_nonzero tf:math.count_nonzero | x.count_nonzero() | How many are not 0. | 非零元素的个数。
quantile | reduction | quantiles |  | np:quantile | x.quantile(0.5) | The value below which a share lies. | 分位数：给定比例的值都在它之下。
nanquantile | reduction | quantiles |  | np:nanquantile | x.nanquantile(0.5) | Quantile without nan. | 忽略 nan 的分位数。
cumsum | reduction |  |  | np:cumsum tf:cumsum mx:cumsum | x.cumsum(0) | Running sum. | 逐个累加。
cumprod | reduction |  |  | np:cumprod tf:math.cumprod | x.cumprod(0) | Running product. | 逐个累乘。
cummax | reduction |  |  | np:maximum.accumulate | x.cummax(0) | Running largest, with places. | 到此为止的最大值及位置。
cummin | reduction |  |  | np:minimum.accumulate | x.cummin(0) | Running smallest, with places. | 到此为止的最小值及位置。
logcumsumexp | reduction |  |  | tf:math.cumulative_logsumexp | x.logcumsumexp(0) | Running log-sum-exp. | 逐个累计的 log-sum-exp。
diff | reduction | none |  | np:diff | x.diff() | Differences of neighbours. | 相邻元素之差。
trace | reduction |  |  | np:trace tf:linalg.trace | x.trace() | Sum of the diagonal. | 对角线元素之和。
bincount | reduction | value |  | np:bincount tf:math.bincount | x.bincount() | How often each whole number occurs. | 每个整数出现的次数。
histc | reduction | meta |  | np:histogram tf:histogram_fixed_width | x.histc(10) | How many fall into each bin. | 落入每个分箱的个数。
histogram | reduction | meta | f | np:histogram | torch.histogram(x, 10) | Counts and edges of bins. | 分箱的个数与边界。
cov | reduction | variables |  | np:cov | x.cov() | Covariance of the rows. | 各行的协方差。
corrcoef | reduction | variables |  | np:corrcoef | x.corrcoef() | Correlation of the rows. | 各行的相关系数。
gradient | reduction | none | f | np:gradient | torch.gradient(x) | Slopes between neighbours. | 相邻点之间的斜率。
trapezoid | reduction |  | f | np:trapezoid | torch.trapezoid(y, x) | Area under points. | 点下的面积（梯形法）。
cumulative_trapezoid | reduction |  | f |  | torch.cumulative_trapezoid(y, x) | Running area under points. | 累计梯形积分。
trapz | reduction |  | f | np:trapezoid | torch.trapz(y, x) | Area under points. | 点下的面积（梯形法）。
renorm | reduction |  |  |  | x.renorm(2, 0, 1.) | Shortens slices that are too long. | 缩短过长的切片。
sum_to_size | reduction | none | m |  | x.sum_to_size(1, 3) | Sums away what broadcasting stretched. | 把广播拉伸过的轴求和还原。
"""
