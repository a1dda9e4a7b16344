"""Elements picked by place or by condition."""

TABLE = """
index_select | indexing | none |  | np:take tf:gather mx:take | x.index_select(0, i) | Rows (or slices) by their numbers. | 按下标取切片。
masked_select | indexing | none |  | tf:boolean_mask | x.masked_select(m) | The elements where the mask is True, in one row. | 取掩码为真的元素。
masked_fill | indexing |  |  | np:where tf:where | x.masked_fill(m, 0.) | A value where the mask is True. | 掩码为真处填值。
masked_scatter | indexing | none |  | np:place | x.masked_scatter(m, s) | Elements of s, in order, where the mask is True. | 掩码为真处依次填入。
take | indexing | none |  | np:take tf:gather mx:take | torch.take(x, i) | Elements by their number in the flattened tensor. | 按压平后的下标取值。
take_along_dim | indexing | none |  | np:take_along_axis tf:gather | x.take_along_dim(i, 1) | Picks along an axis by an index tensor. | 沿轴按下标取值。
gather | indexing | none |  | np:take_along_axis tf:gather mx:pick | x.gather(1, i) | out[i][j] = x[i][index[i][j]] along an axis. | 沿轴按下标收集。
scatter | indexing | none |  | np:put_along_axis tf:tensor_scatter_nd_update | x.scatter(1, i, s) | Writes along an axis by an index tensor. | 沿轴按下标写入。
scatter_add | indexing | none |  | np:add.at tf:tensor_scatter_nd_add | x.scatter_add(1, i, s) | Adds along an axis by an index tensor. | 沿轴按下标累加。
index_add | indexing | none |  | np:add.at | x.index_add(0, i, s) | Adds slices at given rows. | 按下标累加切片。
index_copy | indexing | none |  |  | x.index_copy(0, i, s) | Copies slices to given rows. | 按下标复制切片。
index_fill | indexing | none |  |  | x.index_fill(0, i, 1.) | Fills given rows. | 按下标填值。
index_put | indexing | none |  |  | x.index_put((i,), v) | Writes at index tuples. | 按下标写入。
select | indexing | none |  |  | x.select(0, 1) | One slice along an axis (a view). | 取一个切片(视图)。
narrow | indexing | none |  | tf:slice mx:slice_axis | x.narrow(0, 1, 2) | A range along an axis (a view). | 沿轴取一段。
where | indexing |  |  | np:where tf:where mx:where | torch.where(c, a, b) | From a where the condition holds, else from b. | 条件选择。
nonzero | indexing | none |  | np:nonzero tf:where | x.nonzero() | Places of the elements that are not 0. | 非零元素的位置。
argwhere | indexing | none |  | np:argwhere tf:where | x.argwhere() | Places of the elements that are not 0. | 非零元素的位置。
topk | indexing | none |  | np:argpartition tf:math.top_k mx:topk | x.topk(3) | The k largest along an axis, with their places. | 最大的 k 个及位置。
kthvalue | indexing | none |  | np:partition | x.kthvalue(3) | The k-th smallest along an axis, with its place. | 第 k 小及位置。
sort | indexing | none |  | np:sort tf:sort mx:sort | x.sort() | Sorted along an axis, with the places. | 排序及位置。
msort | indexing | none |  | np:sort tf:sort | x.msort() | Sorted along the first axis. | 按第一维排序。
argsort | indexing | none |  | np:argsort tf:argsort mx:argsort | x.argsort() | The places in sorted order. | 排序下标。
unique | indexing | none |  | np:unique tf:unique mx:unique | x.unique() | Each value once. | 去重。
unique_consecutive | indexing | none |  |  | x.unique_consecutive() | Neighbours that repeat, once. | 相邻去重。
searchsorted | indexing | none | f | np:searchsorted tf:searchsorted | torch.searchsorted(s, v) | Where values would be put into a sorted row. | 有序插入位置。
bucketize | indexing | none | f | np:digitize | torch.bucketize(v, b) | Number of the bin of each value. | 分箱编号。
one_hot | indexing | value | f | tf:one_hot mx:one_hot keras:utils.to_categorical | F.one_hot(i, 7) | A 1 at the class number, 0 elsewhere. | 独热编码。
embedding | indexing | none | f | tf:nn.embedding_lookup keras:layers.Embedding | F.embedding(i, w) | Rows of a table by their numbers. | 查表取行。
"""
