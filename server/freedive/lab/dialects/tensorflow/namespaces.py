"""The namespaces that the modules of this dialect fill, and where a name that is not there (any more) went."""

from __future__ import annotations

from typing import Any

from freedive.lab.kinds import register
from freedive.lab.namespaces import Namespace, NamespaceKind
from freedive.lab.problems import no_attribute


class Versioned(Namespace):
    """A namespace that knows what became of the names it lost; `elsewhere` is the hint for each."""

    def __init__(
        self, name: str, *, elsewhere: dict[str, str] | None = None, version: str = "", doc: str = ""
    ) -> None:
        super().__init__(name, version=version, doc=doc)
        self.elsewhere = elsewhere or {}


class VersionedKind(NamespaceKind):
    def getattr(self, value: Any, name: str) -> Any:
        try:
            return super().getattr(value, name)
        except AttributeError:
            api = value.name.replace("tensorflow.", "tensorflow._api.v2.", 1)
            error: Any = no_attribute(f"module:{api}", name, value.members)
            error.hint = value.elsewhere.get(name, error.hint)
            raise error from None


register(VersionedKind(), Versioned)


def _now(names: str) -> dict[str, str]:
    pairs = (line.split(":", 1) for line in names.strip().splitlines())
    return {old.strip(): f"in TensorFlow 2: {new.strip()}" for olds, new in pairs for old in olds.split(",")}


_OLD = _now("""
placeholder, placeholder_with_default: give the values to a Python function; nothing is fed
Session, InteractiveSession: every line computes at once; x.numpy() shows the value
global_variables_initializer, local_variables_initializer, initialize_all_variables: a tf.Variable has its value from the start
get_variable: tf.Variable(initial_value)
variable_scope: plain Python names, or tf.name_scope
global_variables, trainable_variables: model.trainable_variables
assign: w.assign(value)
assign_add: w.assign_add(value)
assign_sub: w.assign_sub(value)
log: tf.math.log(x)
log1p: tf.math.log1p(x)
ceil: tf.math.ceil(x)
lgamma: tf.math.lgamma(x)
reciprocal: tf.math.reciprocal(x)
rsqrt: tf.math.rsqrt(x)
erf: tf.math.erf(x)
is_nan, is_inf: tf.math.is_nan(x), tf.math.is_inf(x)
div: tf.divide(a, b), or a / b
mul: tf.multiply(a, b), or a * b
sub: tf.subtract(a, b), or a - b
neg: tf.negative(x), or -x
mean, reduce_average: tf.reduce_mean(x)
sum: tf.reduce_sum(x)
max: tf.reduce_max(x)
min: tf.reduce_min(x)
prod: tf.reduce_prod(x)
std, reduce_std: tf.math.reduce_std(x)
reduce_variance: tf.math.reduce_variance(x)
batch_matmul, dot, mm: tf.matmul(a, b)
matrix_inverse: tf.linalg.inv(x)
matrix_determinant: tf.linalg.det(x)
matrix_transpose: tf.linalg.matrix_transpose(x)
trace: tf.linalg.trace(x)
diag: tf.linalg.diag(x)
svd: tf.linalg.svd(x)
cumprod: tf.math.cumprod(x)
count_nonzero: tf.math.count_nonzero(x)
top_k: tf.math.top_k(x, k)
concatenate, cat: tf.concat([a, b], axis)
arange: tf.range(n)
array, tensor: tf.constant(values)
random_normal: tf.random.normal(shape)
random_uniform: tf.random.uniform(shape)
truncated_normal: tf.random.truncated_normal(shape)
random_shuffle: tf.random.shuffle(x)
multinomial: tf.random.categorical(logits, n)
set_random_seed: tf.random.set_seed(seed)
to_float: tf.cast(x, tf.float32)
to_double: tf.cast(x, tf.float64)
to_int32: tf.cast(x, tf.int32)
to_int64: tf.cast(x, tf.int64)
layers: tf.keras.layers
contrib: parts of it live in tf.keras; the rest is gone
app, flags: plain Python arguments
unsqueeze: tf.expand_dims(x, axis)
view: tf.reshape(x, shape)
permute: tf.transpose(x, perm)
where_v2: tf.where(condition, x, y)
disable_eager_execution, enable_eager_execution, Graph, get_default_graph: every line computes at once; tf.function makes graphs
gradients: a tf.GradientTape
""")
_LEFT_OUT = {
    "io": "the lab has no files", "saved_model": "the lab has no files", "summary": "the lab draws with matplotlib's plt",
    "distribute": "the lab has one device", "tpu": "the lab has one device", "lite": "the lab only computes",
    "compat": "TensorFlow 1 is not offered; the names of TensorFlow 2 are",
}  # fmt: skip

TF = Versioned("tensorflow", elsewhere={**_LEFT_OUT, **_OLD}, version="2.21.0", doc="TensorFlow 2, eager.")
MATH = Versioned("tensorflow.math", doc="Functions of numbers.")
LINALG = Versioned("tensorflow.linalg", doc="Linear algebra.")
RANDOM = Versioned("tensorflow.random", doc="Random tensors.")
NN = Versioned(
    "tensorflow.nn",
    elsewhere=_now("""
rnn_cell: tf.keras.layers.SimpleRNN, LSTM, GRU
dynamic_rnn, static_rnn: tf.keras.layers.RNN
xw_plus_b: tf.matmul(x, w) + b
softmax_cross_entropy_with_logits_v2: tf.nn.softmax_cross_entropy_with_logits(labels, logits)
linear: x
"""),
    doc="Neural network functions.",
)
TRAIN = Versioned(
    "tensorflow.train",
    elsewhere=_now("""
GradientDescentOptimizer: tf.keras.optimizers.SGD(learning_rate)
MomentumOptimizer: tf.keras.optimizers.SGD(learning_rate, momentum)
AdamOptimizer: tf.keras.optimizers.Adam(learning_rate)
AdagradOptimizer: tf.keras.optimizers.Adagrad(learning_rate)
RMSPropOptimizer: tf.keras.optimizers.RMSprop(learning_rate)
exponential_decay: tf.keras.optimizers.schedules.ExponentialDecay
Saver: model.save_weights, which needs files that the lab has not
Checkpoint, CheckpointManager: files, which the lab has not; model.get_weights() keeps them in a list
"""),
    doc="What is left of TensorFlow 1's training.",
)
