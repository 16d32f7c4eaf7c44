import Foundation
import Testing

@testable import RunnerHost

@Suite("Lines cut out of bytes")
struct LineTests {
    @Test(
        "Lines come whole however the bytes arrive, and end at \\n only", arguments: [1, 3, 1_000])
    func split(_ size: Int) throws {
        let bytes = Data("one\n\ntwo\u{2028}three\r\nrest".utf8)
        #expect(
            try lines(bytes, inPiecesOf: size).map { try $0.get() } == [
                Data("one".utf8), Data(), Data("two\u{2028}three\r".utf8),
            ])
    }

    @Test("A line over the cap is said once, and the next is read from its start")
    func overLong() throws {
        let long = Data(repeating: UInt8(ascii: "x"), count: 2 * Codec.maxLineBytes)
        let found = lines(long + Data("\nnext\n".utf8), inPiecesOf: 1 << 16)
        #expect(found.count == 2)
        #expect(throws: ProtocolError.self) { try found[0].get() }
        #expect(try found[1].get() == Data("next".utf8))
    }

    @Test("A line of exactly the cap passes")
    func fitting() throws {
        let line = Data(repeating: UInt8(ascii: "x"), count: Codec.maxLineBytes)
        #expect(
            try lines(line + [0x0A], inPiecesOf: 1 << 20).map { try $0.get().count } == [line.count]
        )
    }

    private func lines(_ bytes: Data, inPiecesOf size: Int) -> [LineReader.Line] {
        var splitter = LineSplitter()
        var found: [LineReader.Line] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            splitter.take(ArraySlice(bytes[start..<min(start + size, bytes.count)])) {
                found.append($0)
            }
        }
        return found
    }
}
