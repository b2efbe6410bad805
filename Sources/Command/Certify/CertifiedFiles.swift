import Foundation
import Imaging
import Journal
import Wire

/// The files that a certificate rests on, and those that hold it.
enum CertifiedFiles {
    private struct EventList: Decodable {
        let events: [EventMessage]
    }

    private struct ReviewRecord: Decodable {
        let reviewer: String
        let not_reviewed: Int
    }

    /// What `analyze` has found.
    ///
    /// - Throws: A file error, or a decoding error.
    static func analysedEvents(of name: String, in folder: URL) throws -> [EventMessage] {
        let data = try Data(contentsOf: folder.appending(path: "\(name)_events.json"))
        return try PlainJSON.decode(EventList.self, from: data).events
    }

    /// What reviewers have written.
    ///
    /// - Throws: A file error, or a decoding error.
    static func reviews(of name: String, in folder: URL) throws -> [RunCertificate.ReviewedEvents] {
        let folders = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasPrefix("reviewed-")
        }
        return try folders.sorted().compactMap { reviewer in
            func path(_ ending: String) -> URL { folder.appending(path: "\(reviewer)/\(name)_\(ending)") }
            guard let record = try? Data(contentsOf: path("reviewed.json")) else { return nil }
            let review = try PlainJSON.decode(ReviewRecord.self, from: record)
            let lines = try Data(contentsOf: path("events.jsonl")).split(separator: UInt8(ascii: "\n"))
            let events = try lines.map { try PlainJSON.decode(EventMessage.self, from: Data($0)) }
            return .init(reviewer: review.reviewer, notReviewed: review.not_reviewed, events: events)
        }
    }

    /// Writes the certificate as JSON and as a page.
    ///
    /// - Returns: What it says, in a line.
    /// - Throws: A file error.
    static func write(_ certificate: RunCertificate, name: String, to folder: URL) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(certificate)
            .write(to: folder.appending(path: "\(name)_certificate.json"), options: .atomic)
        let page = folder.appending(path: "\(name)_certificate.html")
        try Data(CertificatePage(certificate: certificate).html.utf8).write(to: page, options: .atomic)
        let all = certificate.agreement["all"]
        let agreed =
            "\(all?.both ?? 0) events agree, \(all?.detectedOnly ?? 0) live only, \(all?.referenceOnly ?? 0) in the recording only"
        return "\(name): \(agreed) (\(certificate.lostBesideGaps) of them beside gaps); \(page.path)"
    }
}
