/// A number that smoothed values are stored in; sums over the kernel are always double precision.
protocol GaussianSample {
    static var zero: Self { get }

    /// Reads four neighbouring samples.
    static func load(_ src: UnsafePointer<Self>) -> SIMD4<Double>

    /// Rounds four sums and writes them side by side.
    static func store(_ sums: SIMD4<Double>, to dst: UnsafeMutablePointer<Self>)

    init(_ sum: Double)
    var doubleValue: Double { get }
}

extension Float: GaussianSample {
    @inline(__always)
    static func load(_ src: UnsafePointer<Float>) -> SIMD4<Double> {
        SIMD4<Double>(UnsafeRawPointer(src).loadUnaligned(as: SIMD4<Float>.self))
    }

    @inline(__always)
    static func store(_ sums: SIMD4<Double>, to dst: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(dst).storeBytes(of: SIMD4<Float>(sums), as: SIMD4<Float>.self)
    }

    @inline(__always)
    var doubleValue: Double { Double(self) }
}

extension Double: GaussianSample {
    @inline(__always)
    static func load(_ src: UnsafePointer<Double>) -> SIMD4<Double> {
        UnsafeRawPointer(src).loadUnaligned(as: SIMD4<Double>.self)
    }

    @inline(__always)
    static func store(_ sums: SIMD4<Double>, to dst: UnsafeMutablePointer<Double>) {
        UnsafeMutableRawPointer(dst).storeBytes(of: sums, as: SIMD4<Double>.self)
    }

    @inline(__always)
    var doubleValue: Double { self }
}
