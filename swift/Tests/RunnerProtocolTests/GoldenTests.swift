import Foundation
import Testing

@testable import RunnerProtocol

/// The lines of a golden file of the Python tests; a text may hold U+2028, which ends no line here.
private func golden(_ name: String) throws -> [[UInt8]] {
    let root = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }
    let data = try Data(contentsOf: root.appendingPathComponent("tests/golden/\(name).jsonl"))
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .dropLast()
    return lines.map { [UInt8]($0) }
}

@Suite("The golden lines, as Python writes them")
struct GoldenTests {
    @Test("Requests decode, and encode back to the same bytes")
    func requests() throws {
        for line in try golden("requests") {
            #expect(try Codec.encode(Codec.decode(Request.self, line)) == line + [0x0A])
            #expect(throws: ProtocolError.self) { try Codec.decode(Reply.self, line) }
        }
    }

    @Test("Replies decode, and encode back to the same bytes")
    func replies() throws {
        for line in try golden("replies") {
            #expect(try Codec.encode(Codec.decode(Reply.self, line)) == line + [0x0A])
            #expect(throws: ProtocolError.self) { try Codec.decode(Request.self, line) }
        }
    }

    @Test("Other spellings mean the same, and survive a round trip")
    func accepted() throws {
        for line in try golden("accepted") {
            if String(decoding: line, as: UTF8.self).contains("\"load\"") {
                try expectStable(Request.self, line)
            } else {
                try expectStable(Reply.self, line)
            }
        }
    }

    @Test("What is no message is a broken line, whichever was due")
    func refused() throws {
        for line in try golden("refused") {
            for refuse in [
                { _ = try Codec.decode(Request.self, line) },
                { _ = try Codec.decode(Reply.self, line) },
            ] {
                let error = #expect(throws: ProtocolError.self) { try refuse() }
                #expect(error?.kind == .brokenLine)
            }
        }
    }

    private func expectStable<Union: TaggedUnion>(_ union: Union.Type, _ line: [UInt8]) throws {
        let once = try Codec.encode(Codec.decode(union, line))
        #expect(try Codec.encode(Codec.decode(union, once.dropLast())) == once)
    }
}

extension Codec {
    fileprivate static func decode<Union: TaggedUnion>(
        _ union: Union.Type, _ line: ArraySlice<UInt8>
    ) throws -> Union {
        try decode(union, [UInt8](line))
    }
}
