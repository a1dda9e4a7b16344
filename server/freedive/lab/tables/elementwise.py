"""Operations on each element by itself, broadcast over the shapes; and comparisons, which give bool."""

TABLE = """
add | elementwise |  |  | np:add tf:add mx:add keras:ops.add | torch.add(a, b) | a + b for each element. | 逐元素加法。
sub | elementwise |  |  | np:subtract tf:subtract mx:subtract | torch.sub(a, b) | a - b for each element. | 逐元素减法。
subtract | elementwise |  |  | np:subtract tf:subtract | torch.subtract(a, b) | a - b for each element. | 逐元素减法。
mul | elementwise |  |  | np:multiply tf:multiply mx:multiply | torch.mul(a, b) | a * b for each element (Hadamard product). | 逐元素乘法（Hadamard 积）。
multiply | elementwise |  |  | np:multiply tf:multiply | torch.multiply(a, b) | a * b for each element. | 逐元素乘法。
div | elementwise |  |  | np:divide tf:divide mx:divide | torch.div(a, b) | a / b for each element. | 逐元素除法。
divide | elementwise |  |  | np:divide tf:divide | torch.divide(a, b) | a / b for each element. | 逐元素除法。
true_divide | elementwise |  |  | np:true_divide tf:truediv | torch.true_divide(a, b) | a / b, always floating point. | 除法，结果总是浮点数。
floor_divide | elementwise |  |  | np:floor_divide tf:math.floordiv | torch.floor_divide(a, b) | a // b for each element. | 除后向下取整。
remainder | elementwise |  |  | np:remainder tf:math.floormod mx:modulo | torch.remainder(a, b) | a % b with the sign of b. | 取余，符号同除数。
fmod | elementwise |  |  | np:fmod | torch.fmod(a, b) | a % b with the sign of a. | 取余，符号同被除数。
pow | elementwise |  |  | np:power tf:pow mx:power | torch.pow(a, 2) | a to the power of b. | a 的 b 次幂。
float_power | elementwise |  |  | np:float_power | torch.float_power(a, 2) | Power in float64. | float64 下的幂。
neg | elementwise |  |  | np:negative tf:negative mx:negative | torch.neg(a) | -a. | 取负。
negative | elementwise |  |  | np:negative tf:negative | torch.negative(a) | -a. | 取负。
positive | elementwise |  |  | np:positive | torch.positive(a) | a itself. | 原值不变。
abs | elementwise |  |  | np:abs tf:abs mx:abs | torch.abs(a) | Distance from 0. | 绝对值。
absolute | elementwise |  |  | np:absolute tf:abs | torch.absolute(a) | Distance from 0. | 绝对值。
sign | elementwise |  |  | np:sign tf:sign mx:sign | torch.sign(a) | -1, 0 or 1. | 符号：−1、0 或 1。
sgn | elementwise |  |  | np:sign | torch.sgn(a) | The sign, also of complex numbers. | 符号，也用于复数。
sqrt | elementwise |  |  | np:sqrt tf:sqrt mx:sqrt | torch.sqrt(a) | Square root. | 平方根。
rsqrt | elementwise |  |  | tf:math.rsqrt mx:rsqrt | torch.rsqrt(a) | 1 / square root. | 平方根的倒数。
square | elementwise |  |  | np:square tf:square mx:square | torch.square(a) | a times a. | 平方。
reciprocal | elementwise |  |  | np:reciprocal tf:math.reciprocal mx:reciprocal | torch.reciprocal(a) | 1 / a. | 倒数。
exp | elementwise |  |  | np:exp tf:exp mx:exp | torch.exp(a) | e to the power of a. | e 的 a 次幂。
exp2 | elementwise |  |  | np:exp2 | torch.exp2(a) | 2 to the power of a. | 2 的 a 次幂。
expm1 | elementwise |  |  | np:expm1 tf:math.expm1 mx:expm1 | torch.expm1(a) | exp(a) - 1, exact near 0. | exp(a) − 1，在 0 附近也精确。
log | elementwise |  |  | np:log tf:math.log mx:log | torch.log(a) | Natural logarithm. | 自然对数。
log2 | elementwise |  |  | np:log2 mx:log2 | torch.log2(a) | Logarithm to base 2. | 以 2 为底的对数。
log10 | elementwise |  |  | np:log10 mx:log10 | torch.log10(a) | Logarithm to base 10. | 以 10 为底的对数。
log1p | elementwise |  |  | np:log1p tf:math.log1p mx:log1p | torch.log1p(a) | log(1 + a), exact near 0. | log(1 + a)，在 0 附近也精确。
logaddexp | elementwise |  | f | np:logaddexp | torch.logaddexp(a, b) | log(exp(a) + exp(b)) without overflow. | log(exp(a) + exp(b))，不溢出。
ldexp | elementwise |  |  | np:ldexp | torch.ldexp(a, b) | a times 2 to the power of b. | a·2^b。
nextafter | elementwise |  |  | np:nextafter | torch.nextafter(a, b) | The next number that the dtype can hold. | 下一个可表示的数。
polygamma | elementwise |  | f | tf:math.polygamma | torch.polygamma(1, a) | Derivatives of digamma. | 多伽马函数。
xlogy | elementwise |  |  | tf:math.xlogy | torch.xlogy(a, b) | a log(b), 0 where a is 0. | a · log(b)，a 为 0 时取 0。
sin | elementwise |  |  | np:sin tf:sin mx:sin | torch.sin(a) | Sine. | 正弦。
cos | elementwise |  |  | np:cos tf:cos mx:cos | torch.cos(a) | Cosine. | 余弦。
tan | elementwise |  |  | np:tan tf:tan mx:tan | torch.tan(a) | Tangent. | 正切。
asin | elementwise |  |  | np:arcsin tf:asin mx:arcsin | torch.asin(a) | Angle of a sine. | 反正弦。
acos | elementwise |  |  | np:arccos tf:acos mx:arccos | torch.acos(a) | Angle of a cosine. | 反余弦。
atan | elementwise |  |  | np:arctan tf:atan mx:arctan | torch.atan(a) | Angle of a tangent. | 反正切。
arcsin | elementwise |  |  | np:arcsin | torch.arcsin(a) | Angle of a sine. | 反正弦。
arccos | elementwise |  |  | np:arccos | torch.arccos(a) | Angle of a cosine. | 反余弦。
arctan | elementwise |  |  | np:arctan | torch.arctan(a) | Angle of a tangent. | 反正切。
atan2 | elementwise |  |  | np:arctan2 tf:atan2 | torch.atan2(y, x) | Angle of the point (x, y). | 点 (x, y) 的角度。
sinh | elementwise |  |  | np:sinh tf:sinh mx:sinh | torch.sinh(a) | Hyperbolic sine. | 双曲正弦。
cosh | elementwise |  |  | np:cosh tf:cosh mx:cosh | torch.cosh(a) | Hyperbolic cosine. | 双曲余弦。
asinh | elementwise |  |  | np:arcsinh tf:asinh | torch.asinh(a) | Inverse of sinh. | 反双曲正弦。
acosh | elementwise |  |  | np:arccosh tf:acosh | torch.acosh(a) | Inverse of cosh. | 反双曲余弦。
atanh | elementwise |  |  | np:arctanh tf:atanh | torch.atanh(a) | Inverse of tanh. | 反双曲正切。
hypot | elementwise |  |  | np:hypot | torch.hypot(a, b) | Length of the vector (a, b). | 向量 (a, b) 的长度。
deg2rad | elementwise |  |  | np:deg2rad | torch.deg2rad(a) | Degrees to radians. | 角度转为弧度。
rad2deg | elementwise |  |  | np:rad2deg | torch.rad2deg(a) | Radians to degrees. | 弧度转为角度。
floor | elementwise |  |  | np:floor tf:floor mx:floor | torch.floor(a) | Down to a whole number. | 向下取整。
ceil | elementwise |  |  | np:ceil tf:math.ceil mx:ceil | torch.ceil(a) | Up to a whole number. | 向上取整。
round | elementwise |  |  | np:round tf:round mx:round | torch.round(a) | To the nearest whole number, halves to the even one. | 取最近的整数，正中间取偶数。
trunc | elementwise |  |  | np:trunc mx:trunc | torch.trunc(a) | Whole part. | 截去小数部分。
fix | elementwise |  |  | np:fix mx:fix | torch.fix(a) | Whole part. | 截去小数部分。
frac | elementwise |  |  | np:modf | torch.frac(a) | Part after the point. | 小数部分。
clamp | elementwise |  |  | np:clip tf:clip_by_value mx:clip | torch.clamp(a, 0, 10) | Cuts values at the two ends. | 截断到给定区间内。
clip | elementwise |  |  | np:clip tf:clip_by_value mx:clip | torch.clip(a, 0, 10) | Cuts values at the two ends. | 截断到给定区间内。
clamp_min | elementwise |  |  | np:maximum tf:maximum | torch.clamp_min(a, 0) | Cuts values below. | 小于下限的取下限。
clamp_max | elementwise |  |  | np:minimum tf:minimum | torch.clamp_max(a, 1) | Cuts values above. | 大于上限的取上限。
maximum | elementwise |  |  | np:maximum tf:maximum mx:maximum | torch.maximum(a, b) | The larger of two, element by element. | 逐元素取较大者。
minimum | elementwise |  |  | np:minimum tf:minimum mx:minimum | torch.minimum(a, b) | The smaller of two, element by element. | 逐元素取较小者。
fmax | elementwise |  |  | np:fmax | torch.fmax(a, b) | The larger of two, ignoring nan. | 逐元素取较大者，忽略 nan。
fmin | elementwise |  |  | np:fmin | torch.fmin(a, b) | The smaller of two, ignoring nan. | 逐元素取较小者，忽略 nan。
lerp | elementwise |  |  |  | torch.lerp(a, b, 0.3) | A point on the way from a to b. | 从 a 到 b 的线性插值。
addcmul | elementwise |  |  |  | torch.addcmul(x, a, b) | x + a * b. | x + a * b。
addcdiv | elementwise |  |  |  | torch.addcdiv(x, a, b) | x + a / b. | x + a / b。
erf | elementwise |  |  | tf:math.erf | torch.erf(a) | Error function. | 误差函数。
erfc | elementwise |  |  | tf:math.erfc | torch.erfc(a) | 1 - erf. | 1 − erf，互补误差函数。
erfinv | elementwise |  |  | tf:math.erfinv | torch.erfinv(a) | Inverse of erf. | 误差函数的反函数。
lgamma | elementwise |  |  | tf:math.lgamma mx:gammaln | torch.lgamma(a) | Log of the gamma function. | 伽马函数的对数。
digamma | elementwise |  |  | tf:math.digamma | torch.digamma(a) | Slope of lgamma. | lgamma 的导数。
logit | elementwise |  |  | np:log | torch.logit(p) | log(p / (1 - p)). | 对数几率 log(p / (1 − p))。
i0 | elementwise |  |  | np:i0 | torch.i0(a) | The modified Bessel function of order 0. | 零阶修正贝塞尔函数。
sinc | elementwise |  |  | np:sinc | torch.sinc(a) | sin(pi a) / (pi a). | sin(πa) / (πa)。
nan_to_num | elementwise |  |  | np:nan_to_num | torch.nan_to_num(a) | Replaces nan and infinities by numbers. | 把 nan 和无穷换成普通的数。
heaviside | elementwise |  |  | np:heaviside | torch.heaviside(a, v) | 0 below zero, 1 above, v at zero. | 阶跃函数：负数取 0，正数取 1，零处取 v。
bitwise_and | elementwise |  |  | np:bitwise_and tf:bitwise.bitwise_and | torch.bitwise_and(a, b) | And of the bits. | 按位与。
bitwise_or | elementwise |  |  | np:bitwise_or tf:bitwise.bitwise_or | torch.bitwise_or(a, b) | Or of the bits. | 按位或。
bitwise_xor | elementwise |  |  | np:bitwise_xor tf:bitwise.bitwise_xor | torch.bitwise_xor(a, b) | Exclusive or of the bits. | 按位异或。
bitwise_not | elementwise |  |  | np:bitwise_not tf:bitwise.invert | torch.bitwise_not(a) | Not of the bits. | 按位取反。
real | elementwise |  | f | np:real tf:math.real | torch.real(z) | Real part. | 实部。
imag | elementwise |  | f | np:imag tf:math.imag | torch.imag(z) | Imaginary part. | 虚部。
conj | elementwise |  |  | np:conj tf:math.conj | torch.conj(z) | Complex conjugate. | 复共轭。
angle | elementwise |  |  | np:angle tf:math.angle | torch.angle(z) | Angle of a complex number. | 复数的辐角。
polar | elementwise |  | f |  | torch.polar(r, t) | Complex number from length and angle. | 由长度和角度得到复数。
gcd | elementwise |  |  | np:gcd | torch.gcd(a, b) | Greatest common divisor. | 最大公约数。
lcm | elementwise |  |  | np:lcm | torch.lcm(a, b) | Least common multiple. | 最小公倍数。
copysign | elementwise |  |  | np:copysign | torch.copysign(a, b) | a with the sign of b. | 大小取 a，符号取 b。
rsub | elementwise |  | f |  | torch.rsub(a, b) | b - a. | b − a。
type_as | elementwise |  | m | np:astype tf:cast | a.type_as(b) | Converts to the dtype of b. | 转成 b 的类型。
float | elementwise |  | m | np:astype tf:cast mx:astype | x.float() | Converts to float32. | 转成 float32。
double | elementwise |  | m | np:astype tf:cast mx:astype | x.double() | Converts to float64. | 转成 float64。
half | elementwise |  | m | np:astype tf:cast | x.half() | Converts to float16. | 转成 float16。
bfloat16 | elementwise |  | m | tf:cast | x.bfloat16() | Converts to bfloat16. | 转成 bfloat16。
int | elementwise |  | m | np:astype tf:cast | x.int() | Converts to int32, towards 0. | 转成 int32，向 0 取整。
long | elementwise |  | m | np:astype tf:cast | x.long() | Converts to int64, towards 0. | 转成 int64，向 0 取整。
short | elementwise |  | m | np:astype tf:cast | x.short() | Converts to int16. | 转成 int16。
byte | elementwise |  | m | np:astype tf:cast | x.byte() | Converts to uint8. | 转成 uint8。
char | elementwise |  | m | np:astype tf:cast | x.char() | Converts to int8. | 转成 int8。
bool | elementwise |  | m | np:astype tf:cast | x.bool() | True where not 0. | 不为 0 处为真。
to | elementwise |  | m | np:astype tf:cast mx:as_in_context | x.to(torch.float64) | Converts dtype or device. | 转换类型或设备。
cpu | elementwise |  | m | mx:as_in_context | x.cpu() | The tensor on the CPU. | 放到 CPU。
cuda | elementwise |  | m | mx:as_in_context | x.cuda() | The tensor on a GPU; there is none in the lab. | 放到 GPU；实验室里没有。
detach | elementwise | none |  | tf:stop_gradient mx:detach | x.detach() | The same values, cut from the graph. | 值相同，从计算图中分离，共用内存。
clone | elementwise |  |  | np:copy tf:identity mx:copy | x.clone() | A copy that gradients pass through. | 复制一份，梯度可以通过。
"""

COMPARISON = """
eq | elementwise |  |  | np:equal tf:equal mx:equal | torch.eq(a, b) | True where equal. | 相等处为真。
ne | elementwise |  |  | np:not_equal tf:not_equal mx:not_equal | torch.ne(a, b) | True where different. | 不等处为真。
not_equal | elementwise |  |  | np:not_equal tf:not_equal | torch.not_equal(a, b) | True where different. | 不等处为真。
lt | elementwise |  |  | np:less tf:less mx:lesser | torch.lt(a, b) | True where a < b. | a < b 处为真。
less | elementwise |  |  | np:less tf:less | torch.less(a, b) | True where a < b. | a < b 处为真。
le | elementwise |  |  | np:less_equal tf:less_equal mx:lesser_equal | torch.le(a, b) | True where a <= b. | a <= b 处为真。
less_equal | elementwise |  |  | np:less_equal tf:less_equal | torch.less_equal(a, b) | True where a <= b. | a <= b 处为真。
gt | elementwise |  |  | np:greater tf:greater mx:greater | torch.gt(a, b) | True where a > b. | a > b 处为真。
greater | elementwise |  |  | np:greater tf:greater | torch.greater(a, b) | True where a > b. | a > b 处为真。
ge | elementwise |  |  | np:greater_equal tf:greater_equal mx:greater_equal | torch.ge(a, b) | True where a >= b. | a >= b 处为真。
greater_equal | elementwise |  |  | np:greater_equal tf:greater_equal | torch.greater_equal(a, b) | True where a >= b. | a >= b 处为真。
isclose | elementwise |  |  | np:isclose | torch.isclose(a, b) | True where nearly equal. | 近似相等处为真。
isnan | elementwise |  |  | np:isnan tf:math.is_nan mx:isnan | torch.isnan(a) | True where not a number. | nan 处为真。
isposinf | elementwise |  | f | np:isposinf | torch.isposinf(a) | True where an element is +inf. | 是否为正无穷。
isneginf | elementwise |  | f | np:isneginf | torch.isneginf(a) | True where an element is -inf. | 是否为负无穷。
isinf | elementwise |  |  | np:isinf tf:math.is_inf mx:contrib.isinf | torch.isinf(a) | True where infinite. | 无穷处为真。
isfinite | elementwise |  |  | np:isfinite tf:math.is_finite mx:contrib.isfinite | torch.isfinite(a) | True where a plain number. | 有限数处为真。
logical_and | elementwise |  |  | np:logical_and tf:logical_and mx:logical_and | torch.logical_and(a, b) | True where both are. | 两者都真处为真。
logical_or | elementwise |  |  | np:logical_or tf:logical_or mx:logical_or | torch.logical_or(a, b) | True where one is. | 至少一个为真处为真。
logical_not | elementwise |  |  | np:logical_not tf:logical_not mx:logical_not | torch.logical_not(a) | True where not. | 逻辑取反。
logical_xor | elementwise |  |  | np:logical_xor tf:math.logical_xor mx:logical_xor | torch.logical_xor(a, b) | True where exactly one is. | 恰有一个为真处为真。
equal | query | none |  | np:array_equal | torch.equal(a, b) | One answer: same shape and all values equal. | 形状与所有值是否完全相同。
allclose | query |  |  | np:allclose | torch.allclose(a, b) | One answer: all values nearly equal. | 所有值是否都近似相等。
isin | elementwise | outer | f | np:isin | torch.isin(a, b) | True where the value is among b. | 值在 b 中处为真。
signbit | elementwise |  |  | np:signbit | torch.signbit(a) | True where the sign is minus. | 符号为负处为真。
isreal | elementwise |  |  | np:isreal | torch.isreal(a) | True where without imaginary part. | 虚部为 0 处为真。
"""
