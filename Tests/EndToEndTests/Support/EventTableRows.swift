import Foundation
import TestSupport

/// The rows of a table by column, as Python's csv module reads them.
enum EventTableRows {
    static func read(_ path: String) throws -> [[String: String]] {
        let script = "import csv,json,sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1], newline='')))))"
        return try JSONDecoder().decode([[String: String]].self, from: Python.run(script: script, arguments: [path]))
    }
}
