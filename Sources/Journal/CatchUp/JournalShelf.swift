import Foundation

/// The journals of a folder in the order in which they were begun.
package struct JournalShelf: Sendable {
    private let folder: URL

    package init(folder path: String) { folder = URL(filePath: path) }

    /// Names without ending; a name says when a journal was begun, and which of that second it is.
    package var runs: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.compactMap(Run.init).sorted { ($0.time, $0.number) < ($1.time, $1.number) }.map(\.name)
    }

    package func path(of run: String) -> String { folder.appending(path: "\(run).\(RunFiles.journalEnding)").path }

    private struct Run {
        let name: String
        let time: String
        let number: Int

        init?(fileName: String) {
            guard let match = fileName.wholeMatch(of: /(sparkwatch-(\d{8}-\d{6})(?:-(\d{1,4}))?)\.jsonl/) else {
                return nil
            }
            name = String(match.1)
            time = String(match.2)
            number = match.3.flatMap { Int($0) } ?? 1
        }
    }
}
