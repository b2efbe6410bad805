package import CKernels
import COpenBLAS

/// Products of matrices by OpenBLAS.
package enum MatrixProduct {
    /// What the kernels call: it computes on the thread that calls, since the workers call it side by side.
    package static let openBLAS: CKernelsMatrixProduct = {
        openblas_set_num_threads(1)
        return { rows, columns, depth, left, right, product in
            cblas_sgemm(
                CblasRowMajor,
                CblasNoTrans,
                CblasNoTrans,
                rows,
                columns,
                depth,
                1,
                left,
                depth,
                right,
                columns,
                0,
                product,
                columns
            )
        }
    }()
}
