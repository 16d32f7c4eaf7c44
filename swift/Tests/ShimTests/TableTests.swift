import Foundation
import Testing

@Suite("The table of vendors' calls in README.md")
struct TableTests {
    private let package = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }

    @Test("Every shim stands where the table says")
    func places() throws {
        let readme = try read("README.md")
        let rows = readme.matches(of: /\| `([^`]+)`.*\| `(\w+\/\w+\.swift):(\d+)` \|/)
        #expect(rows.count > 60)
        for row in rows {
            let lines = try read("Shims/\(row.2)").split(
                separator: "\n", omittingEmptySubsequences: false)
            let line = lines[try #require(Int(row.3)) - 1]
            #expect(declares(line, String(row.1)), "\(row.1) is not at \(row.2):\(row.3): \(line)")
        }
    }

    /// Whether a line has the last name of a call, or that of its type where Swift writes the rest.
    private func declares(_ line: Substring, _ call: String) -> Bool {
        let names = call.prefix { $0 != "(" }.split(separator: ".")
        return names.suffix(2).contains { line.contains($0) }
    }

    private func read(_ path: String) throws -> String {
        try String(contentsOf: package.appendingPathComponent(path), encoding: .utf8)
    }
}
