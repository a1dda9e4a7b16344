"""Elements picked by place or by condition."""

TABLE = """
index_select | indexing | none |  | np:take tf:gather mx:take | x.index_select(0, i) | Rows (or slices) by their numbers. | 按序号取行（或切片）。
masked_select | indexing | none |  | tf:boolean_mask | x.masked_select(m) | The elements where the mask is True, in one row. | 取掩码为真的元素，排成一行。
masked_fill | indexing |  |  | np:where tf:where | x.masked_fill(m, 0.) | A value where the mask is True. | 掩码为真处填入一个值。
masked_scatter | indexing | none |  | np:place | x.masked_scatter(m, s) | Elements of s, in order, where the mask is True. | 掩码为真处依次填入 s 的元素。
take | indexing | none |  | np:take tf:gather mx:take | torch.take(x, i) | Elements by their number in the flattened tensor. | 按展平后的序号取值。
take_along_dim | indexing | none |  | np:take_along_axis tf:gather | x.take_along_dim(i, 1) | Picks along an axis by an index tensor. | 沿轴按索引张量取值。
gather | indexing | none |  | np:take_along_axis tf:gather mx:pick | x.gather(1, i) | out[i][j] = x[i][index[i][j]] along an axis. | 沿轴收集：out[i][j] = x[i][index[i][j]]。
scatter | indexing | none |  | np:put_along_axis tf:tensor_scatter_nd_update | x.scatter(1, i, s) | Writes along an axis by an index tensor. | 沿轴按索引张量写入。
scatter_reduce | indexing | none |  | tf:tensor_scatter_nd_max | torch.scatter_reduce(x, 1, torch.tensor([[0, 0]]), x, reduce='sum') | Reduces source elements into the places that an index names. | 按索引把源元素归并到各位置。
scatter_add | indexing | none |  | np:add.at tf:tensor_scatter_nd_add | x.scatter_add(1, i, s) | Adds along an axis by an index tensor. | 沿轴按索引张量累加。
index_add | indexing | none |  | np:add.at | x.index_add(0, i, s) | Adds slices at given rows. | 在给定的行上累加切片。
index_copy | indexing | none |  |  | x.index_copy(0, i, s) | Copies slices to given rows. | 把切片复制到给定的行。
index_fill | indexing | none |  |  | x.index_fill(0, i, 1.) | Fills given rows. | 填满给定的行。
index_put | indexing | none |  |  | x.index_put((i,), v) | Writes at index tuples. | 按索引元组写入。
select | indexing | none |  |  | x.select(0, 1) | One slice along an axis (a view). | 沿轴取一个切片（视图）。
narrow | indexing | none |  | tf:slice mx:slice_axis | x.narrow(0, 1, 2) | A range along an axis (a view). | 沿轴取一段（视图）。
where | indexing |  |  | np:where tf:where mx:where | torch.where(c, a, b) | From a where the condition holds, else from b. | 条件成立处取 a，否则取 b。
nonzero | indexing | none |  | np:nonzero tf:where | x.nonzero() | Places of the elements that are not 0. | 非零元素的位置。
argwhere | indexing | none |  | np:argwhere tf:where | x.argwhere() | Places of the elements that are not 0. | 非零元素的位置。
topk | indexing | none |  | np:argpartition tf:math.top_k mx:topk | x.topk(3) | The k largest along an axis, with their places. | 沿轴取最大的 k 个及其位置。
kthvalue | indexing | none |  | np:partition | x.kthvalue(3) | The k-th smallest along an axis, with its place. | 沿轴第 k 小的值及其位置。
sort | indexing | none |  | np:sort tf:sort mx:sort | x.sort() | Sorted along an axis, with the places. | 沿轴排序，并给出位置。
msort | indexing | none |  | np:sort tf:sort | x.msort() | Sorted along the first axis. | 沿第一个轴排序。
argsort | indexing | none |  | np:argsort tf:argsort mx:argsort | x.argsort() | The places in sorted order. | 排序后的位置。
unique | indexing | none |  | np:unique tf:unique mx:np.unique | x.unique() | Each value once. | 每个值只留一次。
unique_consecutive | indexing | none |  |  | x.unique_consecutive() | Neighbours that repeat, once. | 相邻的重复值只留一次。
searchsorted | indexing | none | f | np:searchsorted tf:searchsorted | torch.searchsorted(s, v) | Where values would be put into a sorted row. | 值应插入有序行中的位置。
bucketize | indexing | none | f | np:digitize | torch.bucketize(v, b) | Number of the bin of each value. | 每个值所在的分箱序号。
one_hot | indexing | value | f | tf:one_hot mx:one_hot keras:utils.to_categorical | F.one_hot(i, 7) | A 1 at the class number, 0 elsewhere. | 独热编码：类别序号处为 1，其余为 0。
embedding | indexing | none | f | tf:nn.embedding_lookup keras:layers.Embedding | F.embedding(i, w) | Rows of a table by their numbers. | 按序号从表中取行。
"""
