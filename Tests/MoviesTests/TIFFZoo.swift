import Foundation
import TestSupport

/// Files that the peer program `tiff_zoo.py` wrote into a temporary folder, and what has to be found in them.
struct TIFFZoo: ~Copyable {
    struct Contents: Decodable {
        let pixels: [String: [Float]]
        let movies: [Movie]
        let refusals: [Refusal]
        let sparse: Sparse
    }

    struct Movie: Decodable {
        let name: String
        let dtype: String
        let frames: Int
        let pixelSize: Double?
        let frameInterval: Double?
        let origins: [String]
        let remarks: Int
    }

    struct Refusal: Decodable {
        let name: String
        let fragment: String
    }

    /// A movie of more than 4 GB behind one directory, with pixels in a few frames.
    struct Sparse: Decodable {
        let name: String
        let frames: Int
        let height: Int
        let width: Int
        let written: [Int]
    }

    let folder: TemporaryFolder
    let contents: Contents

    init() throws {
        let folder = try TemporaryFolder()
        let contents = try Python.json(Contents.self, from: "tiff_zoo.py", folder.url.path)
        self.folder = folder
        self.contents = contents
    }
}
