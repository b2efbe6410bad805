import Foundation
import Imaging
import Journal

/// A certificate as one page to print, which needs nothing but itself.
struct CertificatePage {
    let certificate: RunCertificate

    private static let classes = ["spark", "puff", "wave", "all"]

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Certificate of \(escaped(certificate.recording))</title>
        <style>
        body { margin: 0 auto; max-width: 52rem; padding: 1.5rem; color: #111; background: #fff; font: 11pt/1.4 system-ui, "DejaVu Sans", sans-serif; }
        h1 { font-size: 1.5rem; margin: 0 0 .2rem; } h2 { font-size: 1.05rem; margin: 1.3rem 0 .3rem; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        td, th { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #ccc; } td:first-child, th:first-child { text-align: left; }
        p { margin: .2rem 0; } .note { color: #555; font-size: .88rem; overflow-wrap: anywhere; }
        @page { margin: 15mm; }
        </style>
        </head>
        <body>
        <h1>Certificate of a live run</h1>
        <p>\(escaped(certificate.stream)), series \(escaped(certificate.seriesID)), recording \(escaped(certificate.recording))</p>
        <p>\(certificate.frameCount) frames recorded, \(certificate.missingFrameCount) missing in \(certificate.gapCount) gaps</p>
        <h2>Live run, judged by the analysis of its recording</h2>
        \(table(certificate.agreement, of: "live", by: "recording"))
        <p>\(certificate.lostBesideGaps) events of the recording that live lacks lie beside gaps, \(certificate.lostOtherwise) do not.</p>
        \(certificate.reviews.map(section).joined(separator: "\n"))
        <h2>Latency</h2>
        <p>\(latency)</p>
        <p class="note">Events are the same if they have the same class and their boxes in space and time overlap by a tenth of what both cover.
        Intervals hold with 95 % (Wilson). Sparkwatch \(escaped(certificate.softwareVersion)); model of the live run
        \(escaped(certificate.liveModelSHA256 ?? "not told")), of the analysis \(escaped(certificate.analysisModelSHA256 ?? "not told")).</p>
        </body>
        </html>

        """
    }

    private func section(_ review: RunCertificate.Review) -> String {
        let open =
            review.notReviewed > 0
            ? "<p>\(review.notReviewed) events were not reviewed and count as they were found.</p>" : ""
        return """
            <h2>Judged by \(escaped(review.reviewer)): live</h2>
            \(table(review.live, of: "live", by: "reviewer"))
            <h2>Judged by \(escaped(review.reviewer)): analysis of the recording</h2>
            \(table(review.analysis, of: "analysis", by: "reviewer"))
            \(open)
            """
    }

    private var latency: String {
        guard let latency = certificate.latency else { return "not known: no event was published" }
        return String(
            format: "from an event's peak to its publication: median %.0f ms, 95 %% below %.0f ms, largest %.0f ms",
            latency.median,
            latency.percentile95,
            latency.largest
        )
    }

    private func table(_ qualities: [String: DetectionQuality], of detected: String, by reference: String) -> String {
        let rows = Self.classes.compactMap { name in
            qualities[name].map { quality in
                let cells =
                    ["\(quality.both)", "\(quality.detectedOnly)", "\(quality.referenceOnly)"]
                    + [quality.precision, quality.recall, quality.f1].map(text)
                return "<tr><td>\(name == "all" ? "all" : name + "s")</td>" + cells.map { "<td>\($0)</td>" }.joined()
                    + "</tr>"
            }
        }
        let heads = ["class", "in both", "\(detected) only", "\(reference) only", "precision", "recall", "F1"]
        return "<table><tr>" + heads.map { "<th>\($0)</th>" }.joined() + "</tr>\n" + rows.joined(separator: "\n")
            + "</table>"
    }

    private func text(_ proportion: Proportion?) -> String {
        guard let proportion else { return "–" }
        return String(format: "%.2f (%.2f to %.2f)", proportion.value, proportion.lower, proportion.upper)
    }

    private func escaped(_ text: String) -> String {
        text.printable.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
