"""Operations on each element by itself, broadcast over the shapes; and comparisons, which give bool."""

TABLE = """
add | elementwise |  |  | np:add tf:add mx:add keras:ops.add | torch.add(a, b) | a + b for each element. | 逐元素加法。
sub | elementwise |  |  | np:subtract tf:subtract mx:subtract | torch.sub(a, b) | a - b for each element. | 逐元素减法。
subtract | elementwise |  |  | np:subtract tf:subtract | torch.subtract(a, b) | a - b for each element. | 逐元素减法。
mul | elementwise |  |  | np:multiply tf:multiply mx:multiply | torch.mul(a, b) | a * b for each element (Hadamard product). | 逐元素乘法。
multiply | elementwise |  |  | np:multiply tf:multiply | torch.multiply(a, b) | a * b for each element. | 逐元素乘法。
div | elementwise |  |  | np:divide tf:divide mx:divide | torch.div(a, b) | a / b for each element. | 逐元素除法。
divide | elementwise |  |  | np:divide tf:divide | torch.divide(a, b) | a / b for each element. | 逐元素除法。
true_divide | elementwise |  |  | np:true_divide tf:truediv | torch.true_divide(a, b) | a / b, always floating point. | 浮点除法。
floor_divide | elementwise |  |  | np:floor_divide tf:math.floordiv | torch.floor_divide(a, b) | a // b for each element. | 向下取整除法。
remainder | elementwise |  |  | np:remainder tf:math.floormod mx:modulo | torch.remainder(a, b) | a % b with the sign of b. | 取余,符号同除数。
fmod | elementwise |  |  | np:fmod | torch.fmod(a, b) | a % b with the sign of a. | 取余,符号同被除数。
pow | elementwise |  |  | np:power tf:pow mx:power | torch.pow(a, 2) | a to the power of b. | 幂运算。
float_power | elementwise |  |  | np:float_power | torch.float_power(a, 2) | Power in float64. | 双精度幂。
neg | elementwise |  |  | np:negative tf:negative mx:negative | torch.neg(a) | -a. | 取负。
negative | elementwise |  |  | np:negative tf:negative | torch.negative(a) | -a. | 取负。
positive | elementwise |  |  | np:positive | torch.positive(a) | a itself. | 原值。
abs | elementwise |  |  | np:abs tf:abs mx:abs | torch.abs(a) | Distance from 0. | 绝对值。
absolute | elementwise |  |  | np:absolute tf:abs | torch.absolute(a) | Distance from 0. | 绝对值。
sign | elementwise |  |  | np:sign tf:sign mx:sign | torch.sign(a) | -1, 0 or 1. | 符号。
sgn | elementwise |  |  | np:sign | torch.sgn(a) | The sign, also of complex numbers. | 符号。
sqrt | elementwise |  |  | np:sqrt tf:sqrt mx:sqrt | torch.sqrt(a) | Square root. | 平方根。
rsqrt | elementwise |  |  | tf:math.rsqrt mx:rsqrt | torch.rsqrt(a) | 1 / square root. | 平方根的倒数。
square | elementwise |  |  | np:square tf:square mx:square | torch.square(a) | a times a. | 平方。
reciprocal | elementwise |  |  | np:reciprocal tf:math.reciprocal mx:reciprocal | torch.reciprocal(a) | 1 / a. | 倒数。
exp | elementwise |  |  | np:exp tf:exp mx:exp | torch.exp(a) | e to the power of a. | 指数函数。
exp2 | elementwise |  |  | np:exp2 | torch.exp2(a) | 2 to the power of a. | 以 2 为底的指数。
expm1 | elementwise |  |  | np:expm1 tf:math.expm1 mx:expm1 | torch.expm1(a) | exp(a) - 1, exact near 0. | exp(a)-1。
log | elementwise |  |  | np:log tf:math.log mx:log | torch.log(a) | Natural logarithm. | 自然对数。
log2 | elementwise |  |  | np:log2 mx:log2 | torch.log2(a) | Logarithm to base 2. | 以 2 为底的对数。
log10 | elementwise |  |  | np:log10 mx:log10 | torch.log10(a) | Logarithm to base 10. | 以 10 为底的对数。
log1p | elementwise |  |  | np:log1p tf:math.log1p mx:log1p | torch.log1p(a) | log(1 + a), exact near 0. | log(1+a)。
logaddexp | elementwise |  | f | np:logaddexp | torch.logaddexp(a, b) | log(exp(a) + exp(b)) without overflow. | 数值稳定的 log(e^a+e^b)。
xlogy | elementwise |  |  | tf:math.xlogy | torch.xlogy(a, b) | a log(b), 0 where a is 0. | a·log b。
sin | elementwise |  |  | np:sin tf:sin mx:sin | torch.sin(a) | Sine. | 正弦。
cos | elementwise |  |  | np:cos tf:cos mx:cos | torch.cos(a) | Cosine. | 余弦。
tan | elementwise |  |  | np:tan tf:tan mx:tan | torch.tan(a) | Tangent. | 正切。
asin | elementwise |  |  | np:arcsin tf:asin mx:arcsin | torch.asin(a) | Angle of a sine. | 反正弦。
acos | elementwise |  |  | np:arccos tf:acos mx:arccos | torch.acos(a) | Angle of a cosine. | 反余弦。
atan | elementwise |  |  | np:arctan tf:atan mx:arctan | torch.atan(a) | Angle of a tangent. | 反正切。
arcsin | elementwise |  |  | np:arcsin | torch.arcsin(a) | Angle of a sine. | 反正弦。
arccos | elementwise |  |  | np:arccos | torch.arccos(a) | Angle of a cosine. | 反余弦。
arctan | elementwise |  |  | np:arctan | torch.arctan(a) | Angle of a tangent. | 反正切。
atan2 | elementwise |  |  | np:arctan2 tf:atan2 | torch.atan2(y, x) | Angle of the point (x, y). | 点的角度。
sinh | elementwise |  |  | np:sinh tf:sinh mx:sinh | torch.sinh(a) | Hyperbolic sine. | 双曲正弦。
cosh | elementwise |  |  | np:cosh tf:cosh mx:cosh | torch.cosh(a) | Hyperbolic cosine. | 双曲余弦。
asinh | elementwise |  |  | np:arcsinh tf:asinh | torch.asinh(a) | Inverse of sinh. | 反双曲正弦。
acosh | elementwise |  |  | np:arccosh tf:acosh | torch.acosh(a) | Inverse of cosh. | 反双曲余弦。
atanh | elementwise |  |  | np:arctanh tf:atanh | torch.atanh(a) | Inverse of tanh. | 反双曲正切。
hypot | elementwise |  |  | np:hypot | torch.hypot(a, b) | Length of the vector (a, b). | 直角边求斜边。
deg2rad | elementwise |  |  | np:deg2rad | torch.deg2rad(a) | Degrees to radians. | 角度转弧度。
rad2deg | elementwise |  |  | np:rad2deg | torch.rad2deg(a) | Radians to degrees. | 弧度转角度。
floor | elementwise |  |  | np:floor tf:floor mx:floor | torch.floor(a) | Down to a whole number. | 向下取整。
ceil | elementwise |  |  | np:ceil tf:math.ceil mx:ceil | torch.ceil(a) | Up to a whole number. | 向上取整。
round | elementwise |  |  | np:round tf:round mx:round | torch.round(a) | To the nearest whole number, halves to the even one. | 四舍六入五成双。
trunc | elementwise |  |  | np:trunc mx:trunc | torch.trunc(a) | Whole part. | 截去小数部分。
fix | elementwise |  |  | np:fix mx:fix | torch.fix(a) | Whole part. | 截去小数部分。
frac | elementwise |  |  | np:modf | torch.frac(a) | Part after the point. | 小数部分。
clamp | elementwise |  |  | np:clip tf:clip_by_value mx:clip | torch.clamp(a, 0, 10) | Cuts values at the two ends. | 截断到区间内。
clip | elementwise |  |  | np:clip tf:clip_by_value mx:clip | torch.clip(a, 0, 10) | Cuts values at the two ends. | 截断到区间内。
clamp_min | elementwise |  |  | np:maximum tf:maximum | torch.clamp_min(a, 0) | Cuts values below. | 下截断。
clamp_max | elementwise |  |  | np:minimum tf:minimum | torch.clamp_max(a, 1) | Cuts values above. | 上截断。
maximum | elementwise |  |  | np:maximum tf:maximum mx:maximum | torch.maximum(a, b) | The larger of two, element by element. | 逐元素取大。
minimum | elementwise |  |  | np:minimum tf:minimum mx:minimum | torch.minimum(a, b) | The smaller of two, element by element. | 逐元素取小。
fmax | elementwise |  |  | np:fmax | torch.fmax(a, b) | The larger of two, ignoring nan. | 取大,忽略 nan。
fmin | elementwise |  |  | np:fmin | torch.fmin(a, b) | The smaller of two, ignoring nan. | 取小,忽略 nan。
lerp | elementwise |  |  |  | torch.lerp(a, b, 0.3) | A point on the way from a to b. | 线性插值。
addcmul | elementwise |  |  |  | torch.addcmul(x, a, b) | x + a * b. | x+a*b。
addcdiv | elementwise |  |  |  | torch.addcdiv(x, a, b) | x + a / b. | x+a/b。
erf | elementwise |  |  | tf:math.erf | torch.erf(a) | Error function. | 误差函数。
erfc | elementwise |  |  | tf:math.erfc | torch.erfc(a) | 1 - erf. | 互补误差函数。
erfinv | elementwise |  |  | tf:math.erfinv | torch.erfinv(a) | Inverse of erf. | 逆误差函数。
lgamma | elementwise |  |  | tf:math.lgamma mx:gammaln | torch.lgamma(a) | Log of the gamma function. | 对数伽马函数。
digamma | elementwise |  |  | tf:math.digamma | torch.digamma(a) | Slope of lgamma. | 双伽马函数。
logit | elementwise |  |  | np:log | torch.logit(p) | log(p / (1 - p)). | 对数几率。
sinc | elementwise |  |  | np:sinc | torch.sinc(a) | sin(pi a) / (pi a). | sinc 函数。
nan_to_num | elementwise |  |  | np:nan_to_num | torch.nan_to_num(a) | Replaces nan and infinities by numbers. | 把 nan 与无穷换成数。
heaviside | elementwise |  |  | np:heaviside | torch.heaviside(a, v) | 0 below zero, 1 above, v at zero. | 阶跃函数。
bitwise_and | elementwise |  |  | np:bitwise_and tf:bitwise.bitwise_and | torch.bitwise_and(a, b) | And of the bits. | 按位与。
bitwise_or | elementwise |  |  | np:bitwise_or tf:bitwise.bitwise_or | torch.bitwise_or(a, b) | Or of the bits. | 按位或。
bitwise_xor | elementwise |  |  | np:bitwise_xor tf:bitwise.bitwise_xor | torch.bitwise_xor(a, b) | Exclusive or of the bits. | 按位异或。
bitwise_not | elementwise |  |  | np:bitwise_not tf:bitwise.invert | torch.bitwise_not(a) | Not of the bits. | 按位取反。
real | elementwise |  | f | np:real tf:math.real | torch.real(z) | Real part. | 实部。
imag | elementwise |  | f | np:imag tf:math.imag | torch.imag(z) | Imaginary part. | 虚部。
conj | elementwise |  |  | np:conj tf:math.conj | torch.conj(z) | Complex conjugate. | 共轭。
angle | elementwise |  |  | np:angle tf:math.angle | torch.angle(z) | Angle of a complex number. | 辐角。
polar | elementwise |  | f |  | torch.polar(r, t) | Complex number from length and angle. | 极坐标复数。
gcd | elementwise |  |  | np:gcd | torch.gcd(a, b) | Greatest common divisor. | 最大公约数。
lcm | elementwise |  |  | np:lcm | torch.lcm(a, b) | Least common multiple. | 最小公倍数。
copysign | elementwise |  |  | np:copysign | torch.copysign(a, b) | a with the sign of b. | 取 b 的符号。
rsub | elementwise |  | f |  | torch.rsub(a, b) | b - a. | 反减。
type_as | elementwise |  | m | np:astype tf:cast | a.type_as(b) | Converts to the dtype of b. | 转成 b 的类型。
float | elementwise |  | m | np:astype tf:cast mx:astype | x.float() | Converts to float32. | 转成 float32。
double | elementwise |  | m | np:astype tf:cast mx:astype | x.double() | Converts to float64. | 转成 float64。
half | elementwise |  | m | np:astype tf:cast | x.half() | Converts to float16. | 转成 float16。
bfloat16 | elementwise |  | m | tf:cast | x.bfloat16() | Converts to bfloat16. | 转成 bfloat16。
int | elementwise |  | m | np:astype tf:cast | x.int() | Converts to int32, towards 0. | 转成 int32。
long | elementwise |  | m | np:astype tf:cast | x.long() | Converts to int64, towards 0. | 转成 int64。
short | elementwise |  | m | np:astype tf:cast | x.short() | Converts to int16. | 转成 int16。
byte | elementwise |  | m | np:astype tf:cast | x.byte() | Converts to uint8. | 转成 uint8。
char | elementwise |  | m | np:astype tf:cast | x.char() | Converts to int8. | 转成 int8。
bool | elementwise |  | m | np:astype tf:cast | x.bool() | True where not 0. | 转成布尔。
to | elementwise |  | m | np:astype tf:cast mx:as_in_context | x.to(torch.float64) | Converts dtype or device. | 转换类型或设备。
cpu | elementwise |  | m | mx:as_in_context | x.cpu() | The tensor on the CPU. | 放到 CPU。
cuda | elementwise |  | m | mx:as_in_context | x.cuda() | The tensor on a GPU; there is none in the lab. | 放到 GPU(这里没有)。
detach | elementwise | none |  | tf:stop_gradient mx:detach | x.detach() | The same values, cut from the graph. | 从计算图分离,共用内存。
clone | elementwise |  |  | np:copy tf:identity mx:copy | x.clone() | A copy that gradients pass through. | 复制(梯度可通过)。
"""

COMPARISON = """
eq | elementwise |  |  | np:equal tf:equal mx:equal | torch.eq(a, b) | True where equal. | 逐元素相等。
ne | elementwise |  |  | np:not_equal tf:not_equal mx:not_equal | torch.ne(a, b) | True where different. | 逐元素不等。
not_equal | elementwise |  |  | np:not_equal tf:not_equal | torch.not_equal(a, b) | True where different. | 逐元素不等。
lt | elementwise |  |  | np:less tf:less mx:lesser | torch.lt(a, b) | True where a < b. | 小于。
less | elementwise |  |  | np:less tf:less | torch.less(a, b) | True where a < b. | 小于。
le | elementwise |  |  | np:less_equal tf:less_equal mx:lesser_equal | torch.le(a, b) | True where a <= b. | 小于等于。
less_equal | elementwise |  |  | np:less_equal tf:less_equal | torch.less_equal(a, b) | True where a <= b. | 小于等于。
gt | elementwise |  |  | np:greater tf:greater mx:greater | torch.gt(a, b) | True where a > b. | 大于。
greater | elementwise |  |  | np:greater tf:greater | torch.greater(a, b) | True where a > b. | 大于。
ge | elementwise |  |  | np:greater_equal tf:greater_equal mx:greater_equal | torch.ge(a, b) | True where a >= b. | 大于等于。
greater_equal | elementwise |  |  | np:greater_equal tf:greater_equal | torch.greater_equal(a, b) | True where a >= b. | 大于等于。
isclose | elementwise |  |  | np:isclose | torch.isclose(a, b) | True where nearly equal. | 近似相等。
isnan | elementwise |  |  | np:isnan tf:math.is_nan mx:isnan | torch.isnan(a) | True where not a number. | 是否为 nan。
isinf | elementwise |  |  | np:isinf tf:math.is_inf mx:isinf | torch.isinf(a) | True where infinite. | 是否无穷。
isfinite | elementwise |  |  | np:isfinite tf:math.is_finite mx:isfinite | torch.isfinite(a) | True where a plain number. | 是否有限。
logical_and | elementwise |  |  | np:logical_and tf:logical_and mx:logical_and | torch.logical_and(a, b) | True where both are. | 逻辑与。
logical_or | elementwise |  |  | np:logical_or tf:logical_or mx:logical_or | torch.logical_or(a, b) | True where one is. | 逻辑或。
logical_not | elementwise |  |  | np:logical_not tf:logical_not mx:logical_not | torch.logical_not(a) | True where not. | 逻辑非。
logical_xor | elementwise |  |  | np:logical_xor tf:math.logical_xor mx:logical_xor | torch.logical_xor(a, b) | True where exactly one is. | 逻辑异或。
equal | query | none |  | np:array_equal | torch.equal(a, b) | One answer: same shape and all values equal. | 是否完全相等。
allclose | query |  |  | np:allclose | torch.allclose(a, b) | One answer: all values nearly equal. | 是否全部近似相等。
isin | elementwise | outer | f | np:isin | torch.isin(a, b) | True where the value is among b. | 是否属于 b。
signbit | elementwise |  |  | np:signbit | torch.signbit(a) | True where the sign is minus. | 符号位。
isreal | elementwise |  |  | np:isreal | torch.isreal(a) | True where without imaginary part. | 是否为实数。
"""
