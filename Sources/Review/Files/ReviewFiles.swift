package import Foundation
import Imaging
package import Movies

/// The files of a movie that can be reviewed.
package struct ReviewFiles: Sendable {
    /// What the names of all its files begin with.
    package let name: String
    /// Where its results are.
    package let folder: URL
    package let labels: LabelPaths
    /// The movie itself.
    package let movie: String

    /// Every correction that was ever made.
    package var log: String { path("review.jsonl") }
    var events: String { path("events.json") }
    var run: AnalysedRun? { AnalysedRun(path: path("run.json")) }
    var maps: ProbabilityMaps { ProbabilityMaps(folder: folder, name: name) }

    private func path(_ ending: String) -> String { folder.appending(path: "\(name)_\(ending)").path }

    /// Where the outputs of a reviewer go.
    package func outputs(of reviewer: String) -> URL { folder.appending(path: Self.outputPrefix + reviewer) }

    private static let outputPrefix = "reviewed-"
    /// Endings of class and instance masks: what `analyze` writes, then what people draw.
    private static let endings = [("class.tif", "instances.tif"), ("class_label.tif", "event_label.tif")]

    /// Looks for everything in and below a folder that can be reviewed.
    ///
    /// - Parameters:
    ///   - results: The folder.
    ///   - movies: Paths of movies by name, where the user gave them.
    /// - Returns: At least one, in the order of their names.
    /// - Throws: ``ReviewFilesError``
    package static func all(in results: String, movies: [String: String]) throws(ReviewFilesError) -> [ReviewFiles] {
        let root = URL(filePath: results)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: results, isDirectory: &isFolder), isFolder.boolValue else {
            throw .noFolder(results)
        }
        let paths = (FileManager.default.enumerator(atPath: results)?.compactMap { $0 as? String } ?? []).sorted()
        var found: [ReviewFiles] = []
        for (classes, instances) in endings {
            for path in paths where path.hasSuffix("_" + instances) {
                let isOutput = path.split(separator: "/").dropLast().contains { $0.hasPrefix(outputPrefix) }
                let url = root.appending(path: path)
                let (folder, file) = (url.deletingLastPathComponent(), url.lastPathComponent)
                let name = String(file.dropLast(instances.count + 1))
                let labels = LabelPaths(
                    classes: folder.appending(path: "\(name)_\(classes)").path,
                    instances: url.path
                )
                guard !isOutput, !name.isEmpty, FileManager.default.fileExists(atPath: labels.classes),
                    !found.contains(where: { $0.name == name && $0.folder == folder })
                else { continue }
                let run = AnalysedRun(path: folder.appending(path: "\(name)_run.json").path)
                let movie = try Self.movie(name, in: folder, given: movies, recorded: run?.setup.movie.path)
                found.append(ReviewFiles(name: name, folder: folder, labels: labels, movie: movie))
            }
        }
        guard !found.isEmpty else { throw .nothingFound(results) }
        return found.sorted { ($0.name, $0.folder.path) < ($1.name, $1.folder.path) }
    }

    private static func movie(
        _ name: String,
        in folder: URL,
        given: [String: String],
        recorded: String?
    ) throws(ReviewFilesError) -> String {
        if let given = given[name] { return given }
        let beside = [folder, folder.deletingLastPathComponent()].flatMap { folder in
            ["\(name)_video.tif", "\(name).tif", "\(name).tiff", "\(name).btf"].map { folder.appending(path: $0).path }
        }
        let candidates = [recorded].compactMap(\.self) + beside
        guard let path = candidates.first(where: FileManager.default.fileExists) else {
            throw .noMovie(name, candidates[0])
        }
        return path
    }
}

/// Why there is nothing to review.
package enum ReviewFilesError: Error, Equatable, CustomStringConvertible {
    case noFolder(String)
    case nothingFound(String)
    case noMovie(String, String)

    package var description: String {
        switch self {
        case .noFolder(let path):
            "\(path) is no folder; name the folder of results, as `sparkwatch analyze` writes them"
        case .nothingFound(let path):
            "\(path) holds no NAME_class.tif with NAME_instances.tif and no NAME_class_label.tif with "
                + "NAME_event_label.tif; analyse the movie, or the recording of the live run, first: "
                + "`sparkwatch analyze MOVIE -o \(path)`"
        case .noMovie(let name, let path):
            "the movie of \(name) is not at \(path); name it, or its folder, behind the results"
        }
    }
}
