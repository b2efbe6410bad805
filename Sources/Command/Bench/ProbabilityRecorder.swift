import Foundation
import Imaging
import UNet

/// Keeps the probabilities of the central frames of windows that follow each other.
final class ProbabilityRecorder {
    private let path: String
    /// Per window and class, `[t][y][x]`.
    private var windows: [[[Float]]] = []
    private var size = FrameSize(height: 1, width: 1)
    private var firstFrame = 0

    /// - Throws: `OutputFolderError` if the file's folder cannot be made.
    init(path: String) throws(OutputFolderError) {
        self.path = path
        try OutputFolder.make(URL(filePath: path).deletingLastPathComponent())
    }

    func record(_ probabilities: Probabilities, firstFrame: Int) {
        if windows.isEmpty { self.firstFrame = firstFrame }
        size = probabilities.frameSize
        windows.append(NetworkClass.allCases.map { probabilities.channel($0) })
    }

    /// Writes one tensor `probabilities`, `[class][t][y][x]`, and the movie's frame that is its first.
    func write() throws {
        let values = NetworkClass.allCases.indices.flatMap { channel in windows.flatMap { $0[channel] } }
        let classCount = NetworkClass.allCases.count
        let frameCount = values.count / classCount / size.pixelCount
        var file = SafetensorsWriter(metadata: ["first_frame": "\(firstFrame)"])
        file.add("probabilities", shape: [classCount, frameCount, size.height, size.width], values: values)
        try file.data.write(to: URL(filePath: path))
    }
}
