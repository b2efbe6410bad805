/// Why a message was not taken as what it claims to be; such a message changes nothing but a counter.
package struct FrameRefusal: Error, Equatable, Sendable {
    /// The kinds of refusal; raw values are the names of their counters.
    package enum Reason: String, Sendable, CaseIterable {
        /// No part of the message, or none of its first two, starts with `{`.
        case noHeader = "no_header"
        case headerTooLarge = "header_too_large"
        case badJSON = "bad_json"
        case missingShape = "missing_shape"
        case invalidShape = "invalid_shape"
        case missingPixelType = "missing_pixel_type"
        case unsupportedPixelType = "unsupported_pixel_type"
        case unsupportedEncoding = "unsupported_encoding"
        case unsupportedOrder = "unsupported_order"
        /// A field that decides how the frame is read has a value that makes no sense.
        case invalidField = "invalid_field"
        /// Two fields contradict each other.
        case conflictingFields = "conflicting_fields"
        case frameTooLarge = "frame_too_large"
        /// The header announces pixels, but the message ends before them.
        case missingPixels = "missing_pixels"
        case wrongByteCount = "wrong_byte_count"
        case tooManyParts = "too_many_parts"
        case pixelNotFinite = "pixel_not_finite"
        case pixelExceedsBitDepth = "pixel_exceeds_bit_depth"
        /// A file, or a frame in one, cannot be read.
        case damagedFile = "damaged_file"
        /// A frame in a file was never finished.
        case unfinishedFile = "unfinished_file"
    }

    package let reason: Reason
    /// The values at fault, in words.
    package let detail: String

    package init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
}

extension FrameRefusal: CustomStringConvertible {
    package var description: String {
        "\(reason.isOfFile ? "frame" : "message") refused (\(reason.rawValue)): \(detail)"
    }
}

extension FrameRefusal.Reason {
    fileprivate var isOfFile: Bool { self == .damagedFile || self == .unfinishedFile }
}
