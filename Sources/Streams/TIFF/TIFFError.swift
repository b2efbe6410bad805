/// Why a TIFF movie could not be written or read.
public enum TIFFError: Error, Equatable, CustomStringConvertible {
    /// The file could not be created or opened; `reason` is that of the operating system or of libtiff.
    case cannotOpen(path: String, reason: String)
    /// A frame or the end of the file did not reach the disk.
    case writeFailed(path: String, frame: Int, reason: String)

    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason):
            "\(path): cannot open: \(reason); check the path and your rights to it"
        case .writeFailed(let path, let frame, let reason):
            "\(path): writing frame \(frame) failed: \(reason); frames before it are kept, "
                + "free some disk space or choose another folder"
        }
    }
}
