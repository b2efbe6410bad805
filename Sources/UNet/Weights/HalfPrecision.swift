extension Float {
    /// The value of an IEEE 754 half precision number, exactly; `Float16` does not exist on every platform.
    package init(halfPrecisionBits bits: UInt16) {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10) & 0x1F
        let fraction = bits & 0x3FF
        switch exponent {
        case 0:
            self = sign * Float(fraction) * 0x1p-24
        case 0x1F:
            self = fraction == 0 ? sign * .infinity : .nan
        default:
            self.init(bitPattern: UInt32(bits & 0x8000) << 16 | UInt32(exponent + 112) << 23 | UInt32(fraction) << 13)
        }
    }

    /// The bits of the nearest half precision number, ties to even; infinite beyond its range.
    package var halfPrecisionBits: UInt16 {
        let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
        let magnitude = self.magnitude
        if isNaN { return sign | 0x7E00 }
        if magnitude >= 65520 { return sign | 0x7C00 }
        // Subnormal results are multiples of 2^-24.
        if magnitude < 0x1p-14 { return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven)) }
        let bits = magnitude.bitPattern
        let roundedUp = (bits + 0xFFF + (bits >> 13 & 1)) >> 13
        return sign | UInt16(roundedUp - 112 << 10)
    }

    /// The bits of the nearest bfloat16 number, ties to even.
    package var bfloat16Bits: UInt16 {
        if isNaN { return UInt16(bitPattern >> 16) | 0x40 }
        return UInt16((bitPattern &+ 0x7FFF &+ (bitPattern >> 16 & 1)) >> 16)
    }
}
