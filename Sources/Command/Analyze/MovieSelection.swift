import Foundation

/// A movie to analyse and where its results go.
struct SelectedMovie: Equatable {
    let path: String
    /// Where below the output folder the results go: as deep as the movie lies below the folder that was named.
    let subfolder: String
    /// `cell3` for `cell3_video.tif` and `cell3.tif`.
    let name: String

    init(path: String, subfolder: String = "") {
        self.path = path
        self.subfolder = subfolder
        let stem = URL(filePath: path).deletingPathExtension().lastPathComponent
        name = stem.hasSuffix("_video") ? String(stem.dropLast("_video".count)) : stem
    }
}

/// The movies that a user named: as files, as folders with all movies in and below them, or as patterns.
struct MovieSelection {
    let movies: [SelectedMovie]

    private static let endings: Set<String> = ["tif", "tiff", "btf", "tf8"]
    /// Files beside movies that are no movies: annotations, and what `analyze` writes.
    private static let companions = [
        "_class_label", "_event_label", "_class", "_instances", "_sparks", "_waves", "_puffs",
    ]

    /// Looks for movies.
    ///
    /// - Parameters:
    ///   - arguments: What the user named; a file is taken as it is, readable or not.
    ///   - output: A folder that is left out, since it holds results; nil if there is none.
    /// - Throws: ``SelectionError`` if a folder or pattern yields nothing, or two movies would write the same files.
    init(_ arguments: [String], leavingOut output: URL?) throws(SelectionError) {
        var movies: [SelectedMovie] = []
        for argument in arguments {
            let found = Self.movies(argument, leavingOut: output?.standardizedFileURL.resolvingSymlinksInPath().path)
            guard !found.isEmpty else { throw .nothingFound(argument: argument) }
            for movie in found where !movies.contains(where: { $0.path == movie.path }) {
                if let other = movies.first(where: { $0.subfolder == movie.subfolder && $0.name == movie.name }) {
                    throw .sameResults(name: movie.name, first: other.path, second: movie.path)
                }
                movies.append(movie)
            }
        }
        self.movies = movies
    }

    private static func movies(_ argument: String, leavingOut output: String?) -> [SelectedMovie] {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder) {
            return isFolder.boolValue ? movies(inFolder: argument, leavingOut: output) : [SelectedMovie(path: argument)]
        }
        guard argument.contains(where: { "*?[".contains($0) }) else { return [SelectedMovie(path: argument)] }
        return matches(ofPattern: argument).filter(isMovie).map { SelectedMovie(path: $0) }
    }

    private static func movies(inFolder folder: String, leavingOut output: String?) -> [SelectedMovie] {
        let root = URL(filePath: folder)
        let paths = (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).sorted()
        return paths.filter { path in
            let isHidden = path.split(separator: "/").contains { $0.hasPrefix(".") }
            let full = root.appending(path: path).standardizedFileURL.resolvingSymlinksInPath().path
            let isResult = output.map { full.hasPrefix($0 + "/") } ?? false
            return !isHidden && isMovie(path) && !isResult
        }.map { path in
            let subfolder = path.split(separator: "/").dropLast().joined(separator: "/")
            return SelectedMovie(path: root.appending(path: path).path, subfolder: subfolder)
        }
    }

    private static func isMovie(_ path: String) -> Bool {
        let url = URL(filePath: path)
        let stem = url.deletingPathExtension().lastPathComponent
        return endings.contains(url.pathExtension.lowercased()) && !companions.contains { stem.hasSuffix($0) }
    }

    private static func matches(ofPattern pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }
}

/// Why a selection of movies cannot be analysed.
enum SelectionError: Error, Equatable, CustomStringConvertible {
    case nothingFound(argument: String)
    case sameResults(name: String, first: String, second: String)

    var description: String {
        switch self {
        case .nothingFound(let argument):
            "\(argument): no movies there (.tif, .tiff, .btf, .tf8, other than annotations and results); name files, "
                + "folders or a pattern"
        case .sameResults(let name, let first, let second):
            "\(first) and \(second) would both write \(name)_class.tif; analyse them into different --output folders"
        }
    }
}
