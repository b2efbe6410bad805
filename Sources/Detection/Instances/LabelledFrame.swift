import Imaging

/// One frame of a label slab, for as long as the slab's memory is borrowed; all planes are `[y][x]`.
struct LabelledFrame {
    let classes: UnsafePointer<UInt8>
    let intensity: UnsafePointer<Float>
    let baseline: UnsafePointer<Float>
    let confidence: UnsafePointer<Float>

    /// Adds the voxels of a run to others.
    func append(_ run: VoxelRun, frame: Int, width: Int, to voxels: inout [Voxel]) {
        for x in run.columns {
            let pixel = Int(run.row) * width + x
            voxels.append(
                Voxel(
                    frame: Int32(frame),
                    y: UInt16(run.row),
                    x: UInt16(x),
                    intensity: intensity[pixel],
                    baseline: baseline[pixel],
                    confidence: confidence[pixel]
                )
            )
        }
    }
}

extension LabelSlab {
    /// Calls a closure with each frame in turn.
    func forEachFrame(_ body: (LabelledFrame) -> Void) {
        classes.withUnsafeBufferPointer { classes in
            intensity.withUnsafeBufferPointer { intensity in
                baseline.withUnsafeBufferPointer { baseline in
                    confidence.withUnsafeBufferPointer { confidence in
                        guard let classes = classes.baseAddress, let intensity = intensity.baseAddress,
                            let baseline = baseline.baseAddress, let confidence = confidence.baseAddress
                        else { return }
                        for frame in 0..<frameCount {
                            let start = frame * size.pixelCount
                            body(
                                LabelledFrame(
                                    classes: classes + start,
                                    intensity: intensity + start,
                                    baseline: baseline + start,
                                    confidence: confidence + start
                                )
                            )
                        }
                    }
                }
            }
        }
    }
}
