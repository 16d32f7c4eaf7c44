import Foundation
import Testing

@testable import RunnerHost

/// The lines of a golden file of the Python tests; a text may hold U+2028, which ends no line here.
private func golden(_ name: String) throws -> [Data] {
    let root = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }
    let data = try Data(contentsOf: root.appendingPathComponent("tests/golden/\(name).jsonl"))
    return data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .dropLast().map { Data($0) }
}

private func again(_ line: Data, _ types: Codec.Kinds) throws -> Data {
    try Codec.encode(Codec.decode(line, among: types)).dropLast()
}

/// A line as Foundation's own values: equal where only order, spelling, or 1 for 1.0 differ. Null is
/// what an absent field means.
private func values(_ line: Data) throws -> NSObject {
    func bare(_ value: Any) -> NSObject {
        guard let object = value as? [String: Any] else { return value as! NSObject }
        return object.filter { !($0.value is NSNull) }.mapValues(bare) as NSDictionary
    }
    return bare(try JSONSerialization.jsonObject(with: line))
}

@Suite("The golden lines, as Python writes them")
struct GoldenTests {
    @Test(
        "Messages decode, and encode back to the same values",
        arguments: [
            ("requests", Codec.requests, Codec.replies), ("replies", Codec.replies, Codec.requests),
        ])
    func messages(
        _ name: String, _ types: Codec.Kinds, _ others: Codec.Kinds
    ) throws {
        for line in try golden(name) {
            #expect(try values(again(line, types)) == values(line))
            #expect(throws: ProtocolError.self) { try Codec.decode(line, among: others) }
        }
    }

    @Test("Other spellings mean the same, and survive a round trip")
    func accepted() throws {
        for line in try golden("accepted") {
            let once = try again(line, Codec.all)
            #expect(try again(once, Codec.all) == once)
        }
    }

    @Test("What is no message is a broken line, whichever was due")
    func refused() throws {
        for line in try golden("refused") {
            #expect(throws: ProtocolError.self, "\(String(decoding: line, as: UTF8.self))") {
                try Codec.decode(line, among: Codec.all)
            }
        }
    }

    @Test(
        "What is wrong is named",
        arguments: [
            (#"{"type":"bye"}"#, "peak_bytes"),
            (#"{"type":"bye","peak_bytes":1,"surprise":2}"#, "unknown field `surprise`"),
            (#"{"type":"load","id":1,"model":"m","options":{"beams":5}}"#, "unknown field `beams`"),
            (#"{"type":"load","id":1,"model":"m","options":{"threads":null}}"#, "threads"),
            (
                #"{"type":"transcribe","id":18446744073709551616,"audio":"","samples":1}"#,
                "18446744073709551616"
            ),
            (#"{"type":"goodbye"}"#, "there is no message `goodbye`"),
        ])
    func faults(_ line: String, _ what: String) {
        let error = #expect(throws: ProtocolError.self) {
            try Codec.decode(Data(line.utf8), among: Codec.all)
        }
        #expect(error?.description.contains(what) == true, "\(error?.description ?? "")")
    }

    @Test("What is no UTF-8, or nested without end, is refused")
    func hostile() {
        let deep = Data(repeating: UInt8(ascii: "["), count: 1_000_000)
        for line in [Data([0xFF]), Data([0x22, 0xED, 0xA0, 0x80, 0x22]), deep] {
            #expect(throws: ProtocolError.self) { try Codec.decode(line, among: Codec.replies) }
        }
    }

    @Test("A setting that is no number is null")
    func lacking() throws {
        let line = try Codec.encode(Described(id: 1, settings: ["x": .number(.nan)]))
        #expect(String(decoding: line, as: UTF8.self).contains("\"x\":null"))
    }

    @Test("The cap holds both ways: a line of 16 MiB with its end passes, one byte more does not")
    func cap() throws {
        let empty = try Codec.encode(Progress(id: 1, message: "")).count
        let fitting = String(repeating: "x", count: Codec.maxLineBytes - empty)
        let line = try Codec.encode(Progress(id: 1, message: fitting))
        #expect(line.count == Codec.maxLineBytes)
        #expect(throws: ProtocolError.self) {
            try Codec.encode(Progress(id: 1, message: fitting + "x"))
        }
        #expect(throws: ProtocolError.self) {
            try Codec.decode(line + [0x20], among: Codec.replies)
        }
    }
}
