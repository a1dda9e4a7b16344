"""Products and decompositions of matrices."""

TABLE = """
matmul | contraction | matmul |  | np:matmul tf:matmul mx:dot keras:ops.matmul | torch.matmul(a, b) | Rows times columns; further axes are batches and broadcast. | 矩阵乘法；其余的轴作为批量并广播。
mm | contraction | matmul |  | np:matmul tf:matmul mx:dot | torch.mm(a, b) | Matrix times matrix, two axes only. | 矩阵乘矩阵，只有两个轴。
bmm | contraction | matmul |  | np:matmul tf:matmul mx:batch_dot | torch.bmm(a, b) | A batch of matrix products. | 一批矩阵乘法。
mv | contraction | matmul |  | np:dot tf:linalg.matvec mx:dot | torch.mv(a, x) | Matrix times vector. | 矩阵乘向量。
dot | contraction | none |  | np:dot tf:tensordot mx:dot | torch.dot(x, y) | Sum of products of two vectors. | 两个向量的点积。
vdot | contraction | none |  | np:vdot | torch.vdot(x, y) | Dot product, the first conjugated. | 点积，第一个取共轭。
inner | contraction | tensordot |  | np:inner tf:tensordot | torch.inner(a, b) | Sums products over the last axes. | 沿最后的轴求乘积之和。
outer | contraction | kron |  | np:outer tf:tensordot | torch.outer(x, y) | Each element with each. | 外积：每个元素与每个元素相乘。
addr | contraction | kron |  |  | torch.addr(a, i.float(), i.float()) | a + the outer product of two vectors. | a 加上两个向量的外积。
ger | contraction | kron |  | np:outer | torch.ger(x, y) | Each element with each. | 外积：每个元素与每个元素相乘。
kron | contraction | kron |  | np:kron | torch.kron(a, b) | Kronecker product. | 克罗内克积。
tensordot | contraction | tensordot | f | np:tensordot tf:tensordot | torch.tensordot(a, b, dims=1) | Sums products over chosen axes. | 沿选定的轴求乘积之和。
einsum | contraction | einsum | f | np:einsum tf:einsum | torch.einsum('ij,jk->ik', a, b) | Products and sums written as an equation. | 用等式写出乘积与求和（爱因斯坦求和）。
addmm | contraction | matmul |  |  | torch.addmm(b, x, w) | b + x @ w. | b + x @ w。
addmv | contraction | matmul |  |  | torch.addmv(b, a, x) | b + a @ x. | b + a @ x。
baddbmm | contraction | matmul |  |  | torch.baddbmm(c, a, b) | c + batch product. | c + 一批矩阵乘积。
addbmm | contraction | matmul |  |  | torch.addbmm(c, a, b) | c + summed batch product. | c + 一批矩阵乘积之和。
chain_matmul | contraction | chain | f |  | torch.chain_matmul(a, b, c) | Several products in the cheapest order. | 按最省的次序连乘。
cross | elementwise |  |  | np:cross tf:linalg.cross | torch.cross(a, b, dim=0) | Vector at right angles to both. | 叉积：与两者都垂直的向量。
matrix_power | contraction | solve |  | np:linalg.matrix_power | x.matrix_power(3) | A matrix times itself. | 矩阵的幂。
matrix_exp | contraction | svd |  | tf:linalg.expm | x.matrix_exp() | Exponential of a matrix. | 矩阵指数。
pdist | contraction | rows | f |  | torch.pdist(x) | Distance of each row to each later row. | 每对行之间的距离。
cdist | contraction | pairs | f |  | torch.cdist(a, b) | Distance of each row to each row. | 每行与每行的距离。
inverse | contraction | solve |  | np:linalg.inv tf:linalg.inv | torch.inverse(a) | The inverse matrix. | 逆矩阵。
pinverse | contraction | svd |  | np:linalg.pinv tf:linalg.pinv | torch.pinverse(a) | The pseudo-inverse. | 伪逆。
det | contraction | lu |  | np:linalg.det tf:linalg.det | torch.det(a) | The determinant. | 行列式。
logdet | contraction | lu |  | tf:linalg.logdet | torch.logdet(a) | Log of the determinant. | 行列式的对数。
slogdet | contraction | lu |  | np:linalg.slogdet tf:linalg.slogdet | torch.slogdet(a) | Sign and log of the determinant. | 行列式的符号与对数。
svd | contraction | svd |  | np:linalg.svd tf:linalg.svd | torch.svd(a) | Singular value decomposition. | 奇异值分解。
qr | contraction | svd |  | np:linalg.qr tf:linalg.qr | torch.linalg.qr(a) | Orthogonal times triangular. | 正交矩阵乘以三角矩阵。
cholesky | contraction | lu |  | np:linalg.cholesky tf:linalg.cholesky | torch.linalg.cholesky(a) | Lower triangle L with L Lᵀ = a. | 楚列斯基分解：下三角 L，满足 L Lᵀ = a。
cholesky_inverse | contraction | solve |  |  | torch.cholesky_inverse(l) | Inverse from a Cholesky factor. | 由楚列斯基因子求逆。
triangular_solve | contraction | solve |  | tf:linalg.triangular_solve | torch.triangular_solve(b, a) | Solves with a triangular matrix. | 解三角方程组。
lu | contraction | svd | m | tf:linalg.lu | a.lu() | Lower times upper triangle. | 下三角乘以上三角。
vander | movement | vandermonde | f | np:vander | torch.vander(x) | Powers of x as columns. | x 的各次幂作为列。
"""

LINALG = """
norm inv pinv det slogdet svd svdvals qr cholesky eigh eigvalsh eig eigvals solve lstsq matrix_norm vector_norm
matrix_rank matrix_power matrix_exp cond cross multi_dot lu lu_factor solve_triangular tensorinv tensorsolve vecdot
diagonal matmul vander inv_ex cholesky_ex householder_product
"""
"""Members of torch.linalg; each is measured as a decomposition unless its rule says otherwise."""

LINALG_RULES = {
    "norm": "svd", "cross": "", "multi_dot": "chain", "vecdot": "", "diagonal": "none", "matmul": "matmul",
    "vector_norm": "", "inv": "solve", "det": "lu", "slogdet": "lu", "cholesky": "lu", "solve": "solve",
    "eigh": "eig", "eigvalsh": "eig", "eig": "svd", "vander": "vandermonde",
}  # fmt: skip
