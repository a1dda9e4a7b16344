/** Ready snippets in Keras; each runs as it stands. */
import { code, type Example } from './example';

export const keras: readonly Example[] = [
  { id: 'keras-broadcast', dialect: 'keras', family: 'broadcast', title: { en: 'A column plus a row', zh: '列加行' }, source: code`
import keras
from keras import ops
a = ops.reshape(ops.arange(3.0), (3, 1))
b = ops.convert_to_tensor([[10.0, 20.0]])
c = a + b` },
  { id: 'keras-creation', dialect: 'keras', family: 'creation', title: { en: 'ops that make tensors', zh: '创建张量的 ops' }, source: code`
import keras
from keras import ops
a = ops.zeros((2, 3))
b = ops.linspace(0.0, 1.0, 5)
c = ops.eye(3)
d = ops.full((2, 2), 7.0)` },
  { id: 'keras-shape', dialect: 'keras', family: 'shape', title: { en: 'reshape, transpose, concatenate', zh: 'reshape、transpose、concatenate' }, source: code`
import keras
from keras import ops
x = ops.reshape(ops.arange(6), (2, 3))
t = ops.transpose(x)
c = ops.concatenate([x, x], axis=0)` },
  { id: 'keras-indexing', dialect: 'keras', family: 'indexing', title: { en: 'take and where', zh: 'take 与 where' }, source: code`
import keras
from keras import ops
x = ops.convert_to_tensor([[3.0, 9.0, 1.0], [8.0, 2.0, 6.0]])
g = ops.take(x, [2, 0], axis=1)
m = ops.where(x > 2.5, x, 0.0)` },
  { id: 'keras-reduce', dialect: 'keras', family: 'reduction', title: { en: 'sum, mean and argmax', zh: 'sum、mean 与 argmax' }, source: code`
import keras
from keras import ops
x = ops.convert_to_tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
rows = ops.sum(x, axis=1)
mean = ops.mean(x, axis=0, keepdims=True)
best = ops.argmax(x, axis=1)` },
  { id: 'keras-matmul', dialect: 'keras', family: 'contraction', title: { en: 'matmul in ops', zh: 'ops 里的 matmul' }, source: code`
import keras
from keras import ops
A = ops.convert_to_tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
B = ops.convert_to_tensor([[1.0, 0.0], [2.0, 1.0], [0.0, 3.0]])
C = ops.matmul(A, B)` },
  { id: 'keras-activation', dialect: 'keras', family: 'activation', title: { en: 'Activations by name', zh: '按名字取激活函数' }, source: code`
import keras
from keras import ops
x = ops.linspace(-3.0, 3.0, 7)
r = keras.activations.relu(x)
s = keras.activations.sigmoid(x)
p = keras.activations.softmax(ops.reshape(x, (1, 7)))` },
  { id: 'keras-loss', dialect: 'keras', family: 'loss', title: { en: 'A loss object', zh: '损失对象' }, source: code`
import keras
from keras import ops
y = ops.convert_to_tensor([[1.0], [0.0]])
guess = ops.convert_to_tensor([[0.8], [0.3]])
loss = keras.losses.BinaryCrossentropy()(y, guess)
mse = keras.losses.MeanSquaredError()(y, guess)` },
  { id: 'keras-layers', dialect: 'keras', family: 'layers', title: { en: 'A Sequential model', zh: 'Sequential 模型' }, source: code`
import keras
from keras import layers, ops
model = keras.Sequential([layers.Input((3,)), layers.Dense(4, activation='relu'), layers.Dense(1)])
x = ops.convert_to_tensor([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]])
y = model(x)
model.summary()` },
  { id: 'keras-training', dialect: 'keras', family: 'training', title: { en: 'compile and fit', zh: 'compile 与 fit' }, source: code`
import keras
import numpy as np
x = np.linspace(-1, 1, 16).reshape(16, 1).astype('float32')
y = 3 * x + 0.5
model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(0.3), loss='mse')
history = model.fit(x, y, epochs=5, batch_size=16, verbose=0)
print(history.history['loss'])
print(model.get_weights())` },
];
