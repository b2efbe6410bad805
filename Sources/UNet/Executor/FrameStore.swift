package import CKernels
package import Imaging

/// The frames of one layer of the network, and the zeros around them.
///
/// Not Sendable: the executor's thread hands out pointers, its workers write through them.
package final class FrameStore {
    package let geometry: CKernelsGeometry
    package let channels: Int
    /// Number of frames.
    package let capacity: Int

    private let memory: UnsafeMutablePointer<Float>
    private let frameFloats: Int

    /// - Throws: ``UNetError/outOfMemory(byteCount:)``.
    package init(layout: CKernelsLayout, size: FrameSize, channels: Int, capacity: Int) throws(UNetError) {
        var geometry = ckernels_geometry(layout, Int32(size.height), Int32(size.width))
        self.geometry = geometry
        self.channels = channels
        self.capacity = capacity
        frameFloats = ckernels_frame_floats(&geometry, Int32(channels))
        guard let memory = ckernels_allocate(frameFloats * capacity) else {
            throw .outOfMemory(byteCount: frameFloats * capacity * MemoryLayout<Float>.stride)
        }
        self.memory = memory
    }

    deinit {
        ckernels_deallocate(memory, frameFloats * capacity)
    }

    /// Memory that is reserved.
    var byteCount: Int { frameFloats * capacity * MemoryLayout<Float>.stride }

    /// Takes the reserved memory, so that first use does not wait for it.
    func populate() { ckernels_populate(memory, frameFloats * capacity) }

    /// The first cell of the frame in a slot.
    package func frame(_ slot: Int) -> UnsafeMutablePointer<Float> {
        memory + slot * frameFloats + geometry.origin
    }

    /// All floats of a frame with its margin.
    package func allFloats(ofFrame slot: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: memory + slot * frameFloats, count: frameFloats)
    }

    /// Distance of a cell from the first cell of its frame, in floats.
    package func offset(channel: Int, y: Int, x: Int) -> Int {
        let block: Int
        switch geometry.layout {
        case .planar: return channel * geometry.channel_stride + y * geometry.row_stride + x
        case .blocked: block = blockChannels
        case .narrow: block = narrowChannels
        }
        return channel / block * geometry.channel_stride + y * geometry.row_stride + x * block + channel % block
    }
}

/// Channels of one block of the blocked and of the narrow layout.
let blockChannels = Int(CKernelsBlockChannels)
let narrowChannels = Int(CKernelsNarrowChannels)
