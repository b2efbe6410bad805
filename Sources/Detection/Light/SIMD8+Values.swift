extension SIMD8<Float> {
    /// Eight values in a row.
    init(_ values: UnsafeBufferPointer<Float>, from first: Int) {
        self = UnsafeRawBufferPointer(values).loadUnaligned(
            fromByteOffset: first * MemoryLayout<Float>.stride,
            as: SIMD8<Float>.self
        )
    }
}
