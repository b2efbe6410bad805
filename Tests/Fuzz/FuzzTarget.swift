import Foundation

/// A reader of untrusted bytes as the fuzzer sees it: whatever comes, it returns.
struct FuzzTarget: Sendable {
    /// Name of the target, and of the folder with its corpus.
    let name: String
    /// Longest input, in bytes.
    let largestByteCount: Int
    /// Reads an input; what it finds has to keep what is promised of it.
    let read: @Sendable ([UInt8]) -> Void

    static let all = frames + movies + networks + rules + journals + requests
}
