"""Layers as functions (torch.nn.functional): linear, convolution, pooling, normalization, dropout, resizing."""

TABLE = """
linear | contraction | matmul | f | keras:layers.Dense mx:FullyConnected tf:matmul | F.linear(x, w, b) | x @ w.T + b. | 全连接：x @ w.T + b。
bilinear | contraction | none | f |  | F.bilinear(x, y, w) | A product of both inputs with a weight. | 两个输入与权重的乘积。
conv1d | contraction | conv |  | tf:nn.conv1d keras:layers.Conv1D | F.conv1d(x, w) | A window slid along a sequence. | 一维卷积：窗口沿序列滑动。
conv2d | contraction | conv |  | tf:nn.conv2d keras:layers.Conv2D mx:Convolution | F.conv2d(x, w) | A window slid over a picture. | 二维卷积：窗口在图像上滑动。
conv3d | contraction | conv |  | tf:nn.conv3d keras:layers.Conv3D | F.conv3d(x, w) | A window slid through a volume. | 三维卷积：窗口在立体中滑动。
conv_transpose1d | contraction | conv |  | keras:layers.Conv1DTranspose | F.conv_transpose1d(x, w) | The gradient of conv1d: makes sequences longer. | 一维转置卷积：使序列变长。
conv_transpose2d | contraction | conv |  | tf:nn.conv2d_transpose keras:layers.Conv2DTranspose | F.conv_transpose2d(x, w) | The gradient of conv2d: makes pictures larger. | 二维转置卷积：使图像变大。
max_pool1d | contraction | none |  | tf:nn.max_pool1d keras:layers.MaxPooling1D | F.max_pool1d(x, 2) | The largest of each window. | 每个窗口的最大值（一维）。
max_pool2d | contraction | none |  | tf:nn.max_pool2d keras:layers.MaxPooling2D mx:Pooling | F.max_pool2d(x, 2) | The largest of each window. | 每个窗口的最大值。
max_pool3d | contraction | none |  | keras:layers.MaxPooling3D | F.max_pool3d(x, 2) | The largest of each window. | 每个窗口的最大值（三维）。
avg_pool1d | contraction | none |  | keras:layers.AveragePooling1D | F.avg_pool1d(x, 2) | The mean of each window. | 每个窗口的平均值（一维）。
avg_pool2d | contraction | none | f | tf:nn.avg_pool2d keras:layers.AveragePooling2D | F.avg_pool2d(x, 2) | The mean of each window. | 每个窗口的平均值。
avg_pool3d | contraction | none | f | keras:layers.AveragePooling3D | F.avg_pool3d(x, 2) | The mean of each window. | 每个窗口的平均值（三维）。
adaptive_avg_pool1d | contraction | meta |  | keras:layers.GlobalAveragePooling1D | F.adaptive_avg_pool1d(x, 1) | Means to a wanted size. | 平均池化到给定大小。
adaptive_avg_pool2d | contraction | meta | f | keras:layers.GlobalAveragePooling2D | F.adaptive_avg_pool2d(x, 1) | Means to a wanted size. | 平均池化到给定大小。
adaptive_max_pool1d | contraction | meta |  | keras:layers.GlobalMaxPooling1D | F.adaptive_max_pool1d(x, 1) | Largest values to a wanted size. | 最大池化到给定大小。
adaptive_max_pool2d | contraction | meta | f | keras:layers.GlobalMaxPooling2D | F.adaptive_max_pool2d(x, 1) | Largest values to a wanted size. | 最大池化到给定大小。
lp_pool2d | contraction | none | f |  | F.lp_pool2d(x, 2, 2) | Norm of each window. | 每个窗口的范数。
unfold | movement | meta | f | tf:image.extract_patches | F.unfold(x, 3) | Every window as a column. | 每个窗口展开成一列。
fold | movement | meta | f |  | F.fold(x, (4, 4), 2) | Columns back to a picture, overlaps added. | 把列拼回图像，重叠处相加。
pad | movement | padding | f | np:pad tf:pad mx:pad | F.pad(x, (1, 1)) | Puts values around; the last axis comes first. | 在四周填充；从最后一个轴算起。
interpolate | movement | meta | f | tf:image.resize mx:UpSampling keras:layers.UpSampling2D | F.interpolate(x, scale_factor=2) | Makes pictures larger or smaller. | 放大或缩小图像。
upsample | movement | meta | f | keras:layers.UpSampling2D | F.upsample(x, scale_factor=2) | Makes pictures larger. | 放大图像。
pixel_shuffle | movement | none |  | tf:nn.depth_to_space | F.pixel_shuffle(x, 2) | Channels into pixels. | 把通道变成像素。
pixel_unshuffle | movement | none |  | tf:nn.space_to_depth | F.pixel_unshuffle(x, 2) | Pixels into channels. | 把像素变成通道。
dropout | random |  |  | tf:nn.dropout mx:Dropout keras:layers.Dropout | F.dropout(x, 0.5) | Sets a random share to 0 and scales up the rest. | 随机把一部分置 0，并放大其余。
dropout1d | random |  | f |  | F.dropout1d(x) | Drops whole channels. | 随机丢弃整个通道。
dropout2d | random |  | f | keras:layers.SpatialDropout2D | F.dropout2d(x) | Drops whole channels. | 随机丢弃整个通道。
alpha_dropout | random |  |  |  | F.alpha_dropout(x) | Dropout for selu. | 用于 selu 的随机失活。
batch_norm | normalization |  |  | tf:nn.batch_normalization keras:layers.BatchNormalization mx:BatchNorm | F.batch_norm(x, m, v) | Each channel to mean 0 and deviation 1 over the batch. | 批归一化：每个通道在批上均值 0、标准差 1。
layer_norm | normalization |  |  | keras:layers.LayerNormalization mx:LayerNorm | F.layer_norm(x, (4,)) | Each sample to mean 0 and deviation 1. | 层归一化：每个样本均值 0、标准差 1。
group_norm | normalization |  |  | keras:layers.GroupNormalization | F.group_norm(x, 2) | Groups of channels to mean 0 and deviation 1. | 组归一化：每组通道均值 0、标准差 1。
instance_norm | normalization |  |  | mx:InstanceNorm | F.instance_norm(x) | Each channel of each sample to mean 0 and deviation 1. | 实例归一化：每个样本的每个通道均值 0、标准差 1。
rms_norm | normalization |  |  | keras:layers.RMSNormalization | F.rms_norm(x, (4,)) | Divides by the root mean square. | 除以均方根。
local_response_norm | normalization |  | f | tf:nn.local_response_normalization | F.local_response_norm(x, 2) | Divides by neighbouring channels. | 除以相邻的通道。
scaled_dot_product_attention | contraction | attention | f | keras:layers.MultiHeadAttention | F.scaled_dot_product_attention(q, k, v) | softmax(q kᵀ / √d) v. | 缩放点积注意力：softmax(q kᵀ / √d) v。
affine_grid | creation | meta | f |  | F.affine_grid(t, size) | Sampling grid of an affine map. | 仿射变换的采样网格。
grid_sample | indexing | none | f |  | F.grid_sample(x, g) | Samples a picture at given points. | 在给定的点上对图像采样。
"""
