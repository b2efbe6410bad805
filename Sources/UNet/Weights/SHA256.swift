/// The hash function SHA-256 (FIPS 180-4), by which models and configurations are told apart.
package struct SHA256: Sendable {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]

    private static let blockByteCount = 64

    /// K of section 4.2.2: fractional parts of the cube roots of the first 64 primes.
    private static let roundConstants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]

    /// The hash of some bytes as 64 lower-case hexadecimal digits.
    ///
    /// - Complexity: O(bytes)
    package static func hexDigest(of bytes: UnsafeRawBufferPointer) -> String {
        var hash = SHA256()
        let wholeBlocks = bytes.count / blockByteCount * blockByteCount
        for start in stride(from: 0, to: wholeBlocks, by: blockByteCount) {
            hash.update(block: UnsafeRawBufferPointer(rebasing: bytes[start..<start + blockByteCount]))
        }
        var rest = Array(bytes[wholeBlocks...])
        rest.append(0x80)
        while rest.count % blockByteCount != blockByteCount - 8 {
            rest.append(0)
        }
        withUnsafeBytes(of: (UInt64(bytes.count) * 8).bigEndian) { rest.append(contentsOf: $0) }
        rest.withUnsafeBytes { tail in
            for start in stride(from: 0, to: tail.count, by: blockByteCount) {
                hash.update(block: UnsafeRawBufferPointer(rebasing: tail[start..<start + blockByteCount]))
            }
        }
        return hash.state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// The hash of some bytes as 64 lower-case hexadecimal digits.
    package static func hexDigest(of bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { hexDigest(of: $0) }
    }

    /// Section 6.2.2: takes one block of 64 bytes in.
    private mutating func update(block: UnsafeRawBufferPointer) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
            for t in 0..<16 {
                schedule[t] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: 4 * t, as: UInt32.self))
            }
            for t in 16..<64 {
                let (early, late) = (schedule[t - 15], schedule[t - 2])
                let sigma0 = early.rotated(7) ^ early.rotated(18) ^ early >> 3
                let sigma1 = late.rotated(17) ^ late.rotated(19) ^ late >> 10
                schedule[t] = sigma1 &+ schedule[t - 7] &+ sigma0 &+ schedule[t - 16]
            }
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            var (e, f, g, h) = (state[4], state[5], state[6], state[7])
            for t in 0..<64 {
                let sum1 = e.rotated(6) ^ e.rotated(11) ^ e.rotated(25)
                let choice = e & f ^ ~e & g
                let temporary1 = h &+ sum1 &+ choice &+ Self.roundConstants[t] &+ schedule[t]
                let sum0 = a.rotated(2) ^ a.rotated(13) ^ a.rotated(22)
                let majority = a & b ^ a & c ^ b & c
                (h, g, f, e) = (g, f, e, d &+ temporary1)
                (d, c, b, a) = (c, b, a, temporary1 &+ sum0 &+ majority)
            }
            for (index, word) in [a, b, c, d, e, f, g, h].enumerated() {
                state[index] &+= word
            }
        }
    }
}

extension UInt32 {
    /// ROTR of section 3.2.
    fileprivate func rotated(_ places: UInt32) -> UInt32 {
        self >> places | self << (32 - places)
    }
}
