"""Losses: how far predictions are from their targets."""

TABLE = """
mse_loss | loss |  | f | tf:keras.losses.MeanSquaredError mx:gluon.loss.L2Loss keras:losses.MeanSquaredError | F.mse_loss(pred, y) | Mean of the squared differences. | 均方误差。
l1_loss | loss |  | f | keras:losses.MeanAbsoluteError mx:gluon.loss.L1Loss | F.l1_loss(pred, y) | Mean of the absolute differences. | 平均绝对误差。
smooth_l1_loss | loss |  | f | keras:losses.Huber | F.smooth_l1_loss(pred, y) | Squared near 0, straight further out. | 平滑 L1：0 附近为平方，远处为直线。
huber_loss | loss |  | f | keras:losses.Huber mx:gluon.loss.HuberLoss | F.huber_loss(pred, y) | Squared near 0, straight further out. | Huber 损失：0 附近为平方，远处为直线。
cross_entropy | loss |  | f | tf:nn.softmax_cross_entropy_with_logits keras:losses.CategoricalCrossentropy mx:gluon.loss.SoftmaxCrossEntropyLoss | F.cross_entropy(logits, y) | log_softmax and nll_loss in one, on logits. | 交叉熵：log_softmax 与 nll_loss 合一，输入 logits。
nll_loss | loss |  | f | keras:losses.SparseCategoricalCrossentropy | F.nll_loss(logp, y) | Minus the log probability of the right class. | 正确类别的对数概率取负。
binary_cross_entropy | loss |  | f | keras:losses.BinaryCrossentropy | F.binary_cross_entropy(p, y) | Cross entropy of a yes-or-no probability. | 是非概率的交叉熵。
binary_cross_entropy_with_logits | loss |  |  | tf:nn.sigmoid_cross_entropy_with_logits mx:gluon.loss.SigmoidBCELoss | F.binary_cross_entropy_with_logits(z, y) | The same on logits, numerically safe. | 同上，输入 logits，数值更稳定。
kl_div | loss |  |  | keras:losses.KLDivergence mx:gluon.loss.KLDivLoss | F.kl_div(logq, p) | How much q differs from p. | KL 散度：q 与 p 相差多少。
poisson_nll_loss | loss |  |  | keras:losses.Poisson | F.poisson_nll_loss(x, y) | For counts. | 用于计数的泊松负对数似然。
gaussian_nll_loss | loss |  | f |  | F.gaussian_nll_loss(m, y, v) | For a mean and a variance. | 用于均值与方差的高斯负对数似然。
hinge_embedding_loss | loss |  |  | keras:losses.Hinge mx:gluon.loss.HingeLoss | F.hinge_embedding_loss(x, y) | Pushes distances apart. | 把距离推开的铰链损失。
margin_ranking_loss | loss |  |  |  | F.margin_ranking_loss(a, b, y) | The right one should rank higher. | 排序损失：正确的应排得更高。
cosine_embedding_loss | loss |  |  | keras:losses.CosineSimilarity | F.cosine_embedding_loss(a, b, y) | By the angle between vectors. | 按向量夹角的余弦损失。
triplet_margin_loss | loss |  |  | mx:gluon.loss.TripletLoss | F.triplet_margin_loss(a, p, n) | Near the like, far from the unlike. | 三元组损失：靠近同类，远离异类。
multi_margin_loss | loss |  | f |  | F.multi_margin_loss(x, y) | Margin for several classes. | 多个类别的间隔损失。
soft_margin_loss | loss |  | f |  | F.soft_margin_loss(x, y) | log(1 + exp(-y x)). | 软间隔损失 log(1 + exp(−y x))。
multilabel_soft_margin_loss | loss |  | f |  | F.multilabel_soft_margin_loss(x, y) | For several labels at once. | 用于一个样本有多个标签。
ctc_loss | loss | none |  | tf:nn.ctc_loss mx:gluon.loss.CTCLoss | F.ctc_loss(logp, y, n, m) | For unaligned sequences. | 用于未对齐的序列。
cosine_similarity | loss |  |  | tf:keras.losses.cosine_similarity | F.cosine_similarity(a, b) | Cosine of the angle between vectors. | 向量夹角的余弦。
pairwise_distance | loss |  |  |  | F.pairwise_distance(a, b) | Distance of rows. | 逐行的距离。
"""
