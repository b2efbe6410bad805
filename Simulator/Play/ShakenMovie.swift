import Foundation
import Imaging
import Movies
import Wire

/// A movie shown as if its cell moved; its noise moves with it.
///
/// Use it on one thread only.
final class ShakenMovie: FrameSupply {
    private let still: any FrameSupply
    private let view: MovingView

    /// - Parameters:
    ///   - still: The movie.
    ///   - movement: How its cell moves.
    ///   - frameIntervalMilliseconds: Time from frame to frame.
    init(_ still: any FrameSupply, _ movement: Movement, frameIntervalMilliseconds: Double) {
        self.still = still
        view = MovingView(
            movement,
            size: still.size,
            frameCount: still.frameCount,
            frameIntervalMilliseconds: frameIntervalMilliseconds
        )
    }

    var size: FrameSize { still.size }
    var frameCount: Int { still.frameCount }
    var pixelSizeMicrometres: Double? { still.pixelSizeMicrometres }
    var frameIntervalMilliseconds: Double? { still.frameIntervalMilliseconds }
    var pixelType: PixelFormat.NumberType { still.pixelType }
    var recordedSeries: RecordedSeries? { still.recordedSeries }

    func recordedFrame(at index: Int) -> RecordedFrame? { still.recordedFrame(at: index) }

    func frame(at index: Int) throws -> [UInt8] {
        let bytes = try still.frame(at: index)
        switch pixelType {
        case .uint8: return moved(bytes, frame: index) { UInt8(clamping: Int($0.rounded())) }
        case .uint16: return moved(bytes, frame: index) { UInt16(clamping: Int($0.rounded())) }
        case .float32: return moved(bytes, frame: index) { $0 }
        }
    }

    private func moved<Pixel: BitwiseCopyable & SimulatedPixel>(
        _ bytes: [UInt8],
        frame: Int,
        _ convert: (Float) -> Pixel
    ) -> [UInt8] {
        let picture = bytes.withUnsafeBytes { bytes in
            (0..<size.pixelCount).map { pixel in
                let place = pixel * MemoryLayout<Pixel>.size
                return bytes.loadUnaligned(fromByteOffset: place, as: Pixel.self).counts
            }
        }
        return view.view(of: picture, frame: frame).map(convert).withUnsafeBytes { Array($0) }
    }
}

/// A pixel whose counts can be moved.
protocol SimulatedPixel {
    var counts: Float { get }
}

extension UInt8: SimulatedPixel { var counts: Float { Float(self) } }
extension UInt16: SimulatedPixel { var counts: Float { Float(self) } }
extension Float: SimulatedPixel { var counts: Float { self } }
