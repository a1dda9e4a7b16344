/** Ready snippets in TensorFlow; each runs as it stands, but for those whose mistake is the point. */
import { code, type Example } from './example';

export const tensorflow: readonly Example[] = [
  { id: 'tapes', family: 'autograd', dialect: 'tf', title: { en: 'Nested tapes', zh: '嵌套 tape' }, source: code`
import tensorflow as tf
x = tf.Variable(3.0)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = x * x * x
    dy = inner.gradient(y, x)
d2y = outer.gradient(dy, x)` },
  { id: 'tf-cast', family: 'mistakes', dialect: 'tf', title: { en: 'TensorFlow never promotes dtypes', zh: 'TensorFlow 不自动提升 dtype' }, source: code`
import tensorflow as tf
a = tf.constant([1, 2, 3])
b = tf.constant([0.5, 0.5, 0.5])
c = tf.cast(a, tf.float32) * b
d = a * b` },
  { id: 'tf-broadcast', dialect: 'tf', family: 'broadcast', title: { en: 'A column plus a row', zh: '列加行' }, source: code`
import tensorflow as tf
a = tf.reshape(tf.range(3.), (3, 1))
b = tf.constant([[10., 20.]])
c = a + b` },
  { id: 'tf-creation', dialect: 'tf', family: 'creation', title: { en: 'Constants, ranges and normal samples', zh: '常量、区间与正态样本' }, source: code`
import tensorflow as tf
a = tf.zeros((2, 3))
b = tf.linspace(0., 1., 5)
c = tf.fill((2, 2), 7)
d = tf.random.normal((200,))` },
  { id: 'tf-shape', dialect: 'tf', family: 'shape', title: { en: 'reshape, transpose, concat', zh: 'reshape、transpose、concat' }, source: code`
import tensorflow as tf
x = tf.reshape(tf.range(24), (2, 3, 4))
p = tf.transpose(x, perm=[2, 0, 1])
c = tf.concat([x, x], axis=1)
e = tf.expand_dims(c, 0)` },
  { id: 'tf-gather', dialect: 'tf', family: 'indexing', title: { en: 'gather and boolean_mask', zh: 'gather 与 boolean_mask' }, source: code`
import tensorflow as tf
x = tf.constant([[3., 9., 1.], [8., 2., 6.]])
g = tf.gather(x, [2, 0], axis=1)
m = tf.boolean_mask(x, x > 2.5)
values, places = tf.math.top_k(x, k=2)` },
  { id: 'tf-assign', dialect: 'tf', family: 'memory', title: { en: 'A Variable is written, a tensor never is', zh: 'Variable 可写，张量不可写' }, source: code`
import tensorflow as tf
v = tf.Variable([[1., 2.], [3., 4.]])
before = tf.identity(v)
v[0, 1].assign(9.)
after = v + 0.` },
  { id: 'tf-reduce', dialect: 'tf', family: 'reduction', title: { en: 'reduce_sum along an axis', zh: '沿轴 reduce_sum' }, source: code`
import tensorflow as tf
x = tf.constant([[1., 2., 3.], [4., 5., 6.]])
rows = tf.reduce_sum(x, axis=1)
mean = tf.reduce_mean(x, axis=0, keepdims=True)
best = tf.argmax(x, axis=1)` },
  { id: 'tf-matmul', dialect: 'tf', family: 'contraction', title: { en: 'matmul, and one with a transpose', zh: 'matmul 与带转置的 matmul' }, source: code`
import tensorflow as tf
A = tf.constant([[1., 2., 3.], [4., 5., 6.]])
B = tf.constant([[1., 0.], [2., 1.], [0., 3.]])
C = tf.matmul(A, B)
G = tf.matmul(A, A, transpose_b=True)` },
  { id: 'tf-activation', dialect: 'tf', family: 'activation', title: { en: 'relu, sigmoid, softmax', zh: 'relu、sigmoid、softmax' }, source: code`
import tensorflow as tf
x = tf.linspace(-3., 3., 7)
r = tf.nn.relu(x)
s = tf.sigmoid(x)
p = tf.nn.softmax(x)` },
  { id: 'tf-loss', dialect: 'tf', family: 'loss', title: { en: 'Cross-entropy from logits', zh: '由 logits 求交叉熵' }, source: code`
import tensorflow as tf
logits = tf.constant([[2., 1., 0.], [0., 3., 1.]])
labels = tf.constant([0, 1])
each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
loss = tf.reduce_mean(each)` },
  { id: 'tf-tape', dialect: 'tf', family: 'autograd', title: { en: 'A tape and the gradient of 2 · x · x', zh: 'tape 与 2 · x · x 的梯度' }, source: code`
import tensorflow as tf
x = tf.Variable([0., 1., 2., 3.])
with tf.GradientTape() as tape:
    y = 2 * tf.reduce_sum(x * x)
dx = tape.gradient(y, x)` },
  { id: 'tf-dense', dialect: 'tf', family: 'layers', title: { en: 'A Dense layer', zh: '全连接层 Dense' }, source: code`
import tensorflow as tf
layer = tf.keras.layers.Dense(2, activation='relu')
x = tf.constant([[1., 2., 3.], [0., 1., 0.]])
y = layer(x)` },
  { id: 'tf-training', dialect: 'tf', family: 'training', title: { en: 'Three steps with a tape', zh: '用 tape 走三步' }, watch: ['w'], source: code`
import tensorflow as tf
w = tf.Variable(4.)
for step in range(3):
    with tf.GradientTape() as tape:
        loss = (w - 1.) ** 2
    grad = tape.gradient(loss, w)
    w.assign_sub(0.1 * grad)
    print(step, loss.numpy(), w.numpy())` },
];
