"""Elements kept, places changed: shapes, axes, views; and joining and splitting."""

TABLE = """
reshape | movement | none |  | np:reshape tf:reshape mx:reshape keras:ops.reshape | x.reshape(3, 4) | The same elements in another shape; a view where possible. | 元素不变，换一种形状；能不复制就是视图。
view | movement | none | m | np:reshape tf:reshape mx:reshape | x.view(3, 4) | The same memory seen in another shape. | 同一段内存，换一种形状来看。
view_as | movement | none | m | np:reshape tf:reshape | x.view_as(y) | A view in the shape of y. | 按 y 的形状来看的视图。
reshape_as | movement | none | m | np:reshape tf:reshape | x.reshape_as(y) | Reshape to the shape of y. | 变成 y 的形状。
flatten | movement | none |  | np:ravel tf:reshape mx:flatten keras:layers.Flatten | x.flatten(1) | Joins neighbouring axes into one. | 把相邻的轴合成一个。
unflatten | movement | none |  | np:reshape | x.unflatten(1, (2, 3)) | Splits one axis into several. | 把一个轴拆成几个。
ravel | movement | none |  | np:ravel tf:reshape | x.ravel() | All elements in one row. | 所有元素排成一行。
squeeze | movement | none |  | np:squeeze tf:squeeze mx:squeeze | x.squeeze(0) | Drops axes of size 1. | 去掉长度为 1 的轴。
unsqueeze | movement | none |  | np:expand_dims tf:expand_dims mx:expand_dims | x.unsqueeze(0) | Inserts an axis of size 1. | 插入长度为 1 的轴。
expand | movement | expand | m | np:broadcast_to tf:broadcast_to mx:broadcast_to | x.expand(4, 3) | Repeats size-1 axes without copying (stride 0). | 不复制地重复长度为 1 的轴（步幅 0）。
expand_as | movement | none | m | np:broadcast_to tf:broadcast_to | x.expand_as(y) | Expand to the shape of y. | 扩展成 y 的形状。
broadcast_to | movement | expand |  | np:broadcast_to tf:broadcast_to mx:broadcast_to | torch.broadcast_to(x, (4, 3)) | Repeats size-1 axes without copying. | 不复制地重复长度为 1 的轴。
broadcast_tensors | movement |  | f | np:broadcast_arrays | torch.broadcast_tensors(a, b) | Both tensors in their common shape. | 把两个张量广播成共同的形状。
repeat | movement | repeats | m | np:tile tf:tile mx:tile | x.repeat(2, 3) | Copies the whole tensor along each axis. | 沿各轴复制整个张量。
tile | movement | repeats |  | np:tile tf:tile mx:tile | torch.tile(x, (2, 3)) | Copies the whole tensor along each axis. | 沿各轴复制整个张量。
combinations | movement | choices | f | tf:gather | torch.combinations(torch.tensor([1, 2, 3]), r=2) | Each choice of r elements, as rows. | 从元素中取 r 个的所有组合。
view_as_real | movement | none | f |  | torch.view_as_real(z) | A complex tensor as pairs of real numbers. | 把复数张量看作实数对。
view_as_complex | movement | none | f |  | torch.view_as_complex(torch.view_as_real(z)) | Pairs of real numbers as a complex tensor. | 把实数对看作复数张量。
repeat_interleave | movement | repeats |  | np:repeat tf:repeat mx:repeat | torch.repeat_interleave(x, 2) | Repeats each element. | 重复每个元素。
transpose | movement | none |  | np:swapaxes tf:transpose mx:swapaxes | x.transpose(0, 1) | Swaps two axes, by strides alone. | 交换两个轴，只改步幅。
swapaxes | movement | none |  | np:swapaxes tf:transpose mx:swapaxes | x.swapaxes(0, 1) | Swaps two axes. | 交换两个轴。
swapdims | movement | none |  | np:swapaxes | x.swapdims(0, 1) | Swaps two axes. | 交换两个轴。
permute | movement | none |  | np:transpose tf:transpose mx:transpose | x.permute(0, 2, 3, 1) | Puts the axes in a new order. | 把轴重新排序。
t | movement | none |  | np:transpose tf:transpose mx:transpose | x.t() | Transpose of a matrix. | 矩阵转置。
adjoint | movement | none |  | np:transpose tf:linalg.adjoint | x.adjoint() | Conjugate transpose. | 共轭转置。
movedim | movement | none |  | np:moveaxis | x.movedim(0, -1) | Moves axes to other places. | 把轴移到别的位置。
moveaxis | movement | none |  | np:moveaxis | x.moveaxis(0, -1) | Moves axes to other places. | 把轴移到别的位置。
contiguous | movement | none | m | np:ascontiguousarray | x.contiguous() | The elements in memory order, copied if needed. | 让元素按内存顺序排列，需要时复制。
flip | movement | none |  | np:flip tf:reverse mx:flip | x.flip(0) | Reverses the order along axes. | 沿轴颠倒顺序。
fliplr | movement | none |  | np:fliplr | x.fliplr() | Reverses columns. | 颠倒列的顺序。
flipud | movement | none |  | np:flipud | x.flipud() | Reverses rows. | 颠倒行的顺序。
roll | movement | none |  | np:roll tf:roll | x.roll(1, 0) | Shifts elements round along an axis. | 沿轴循环移位。
rot90 | movement | none |  | np:rot90 tf:image.rot90 | x.rot90() | Turns by a quarter. | 旋转 90 度。
diag | movement | diagonal |  | np:diag tf:linalg.diag mx:diag | torch.diag(x) | The diagonal of a matrix, or a matrix with it. | 取矩阵的对角线，或由对角线构造矩阵。
diagonal | movement | none |  | np:diagonal tf:linalg.diag_part | x.diagonal() | The diagonal as a view. | 对角线（视图）。
diag_embed | movement | diagonal |  | tf:linalg.diag | torch.diag_embed(x) | Vectors on the diagonals of matrices. | 把向量放到矩阵的对角线上。
tril | movement | none |  | np:tril tf:linalg.band_part | x.tril() | The lower triangle, 0 above. | 下三角，上方为 0。
triu | movement | none |  | np:triu tf:linalg.band_part | x.triu() | The upper triangle, 0 below. | 上三角，下方为 0。
unfold | movement | meta | m |  | x.unfold(0, 3, 1) | All windows along an axis, as a view. | 沿轴的所有窗口（视图）。
as_strided | movement | none |  | np:lib.stride_tricks.as_strided | torch.as_strided(x, (2, 2), (1, 2)) | A view with sizes and strides of your own. | 自定大小与步幅的视图。
atleast_1d | movement | none | f | np:atleast_1d | torch.atleast_1d(x) | At least one axis. | 至少一个轴。
atleast_2d | movement | none | f | np:atleast_2d | torch.atleast_2d(x) | At least two axes. | 至少两个轴。
atleast_3d | movement | none | f | np:atleast_3d | torch.atleast_3d(x) | At least three axes. | 至少三个轴。
"""

JOIN = """
cat | movement | stack | f | np:concatenate tf:concat mx:concat keras:ops.concatenate | torch.cat([a, b], dim=0) | Joins along an axis that exists. | 沿已有的轴拼接。
concat | movement | stack | f | np:concatenate tf:concat mx:concat | torch.concat([a, b]) | Joins along an axis that exists. | 沿已有的轴拼接。
concatenate | movement | stack | f | np:concatenate tf:concat mx:concat | torch.concatenate([a, b]) | Joins along an axis that exists. | 沿已有的轴拼接。
stack | movement | stack | f | np:stack tf:stack mx:stack | torch.stack([a, b], dim=0) | Joins along a new axis. | 沿新的轴堆叠。
vstack | movement | stack | f | np:vstack | torch.vstack([a, b]) | Puts rows below each other. | 上下拼接。
hstack | movement | stack | f | np:hstack | torch.hstack([a, b]) | Puts columns beside each other. | 左右拼接。
dstack | movement | stack | f | np:dstack | torch.dstack([a, b]) | Joins along the third axis. | 沿第三个轴拼接。
column_stack | movement | stack | f | np:column_stack | torch.column_stack([a, b]) | Vectors as columns. | 把向量作为列。
row_stack | movement | stack | f | np:vstack | torch.row_stack([a, b]) | Vectors as rows. | 把向量作为行。
split | movement | none |  | np:split tf:split mx:split | x.split(2, dim=0) | Cuts into pieces of a given length (views). | 按给定长度切分（视图）。
chunk | movement | none |  | np:array_split tf:split mx:split | x.chunk(2, dim=0) | Cuts into a number of pieces (views). | 切成给定的块数（视图）。
tensor_split | movement | none |  | np:array_split | x.tensor_split(3) | Cuts into pieces, also of unequal size. | 切成几块，长度可以不等。
hsplit | movement | none |  | np:hsplit | x.hsplit(2) | Cuts columns apart. | 按列切分。
vsplit | movement | none |  | np:vsplit | x.vsplit(2) | Cuts rows apart. | 按行切分。
dsplit | movement | none |  | np:dsplit | x.dsplit(2) | Cuts along the third axis. | 沿第三个轴切分。
unbind | movement | none |  | np:unstack tf:unstack | x.unbind(0) | All slices along an axis. | 沿轴拆成切片。
meshgrid | movement | outer | f | np:meshgrid tf:meshgrid | torch.meshgrid(x, y, indexing='ij') | Two grids from two axes. | 由两个轴得到两张网格。
cartesian_prod | movement | outer | f |  | torch.cartesian_prod(a, b) | All pairs. | 所有的配对（笛卡儿积）。
block_diag | movement | blocks | f |  | torch.block_diag(a, b) | Blocks on the diagonal. | 把各块放到对角线上。
"""
