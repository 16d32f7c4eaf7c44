import Foundation
import Testing

@testable import RunnerProtocol

@Suite("Values on the wire")
struct WireTests {
    @Test(
        "Numbers are laid out as Python does",
        arguments: [
            (0.0, "0.0"), (-0.0, "-0.0"), (1.0, "1.0"), (0.1, "0.1"), (1e15, "1000000000000000.0"),
            (1e16, "1e16"), (9_007_199_254_740_992, "9007199254740992.0"),
            (1.2345678901234567e16, "1.2345678901234568e16"), (1e-5, "0.00001"), (1e-6, "1e-6"),
            (1.25e-6, "1.25e-6"), (.leastNonzeroMagnitude, "5e-324"),
            (.greatestFiniteMagnitude, "1.7976931348623157e308"),
        ])
    func layout(_ value: Double, _ text: String) { #expect(value.wireText == text) }

    @Test("Any finite number reads back equal")
    func roundTrip() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let loaded = Reply.loaded(
                Loaded(id: 1, seconds: value, resolved: ["x": .number(value)]))
            let line = try Codec.encode(loaded)
            #expect(try Codec.encode(Codec.decode(Reply.self, line.dropLast().map { $0 })) == line)
        }
    }

    @Test("Numbers that JSON lacks are null")
    func lacking() throws {
        let line = try Codec.encode(Reply.progress(Progress(id: 1, message: "", fraction: .nan)))
        #expect(String(decoding: line, as: UTF8.self).contains("\"fraction\":null"))
    }

    @Test("Settings keep whole and real numbers, wide integers, order and spellings apart")
    func settings() throws {
        let text = """
            {"type":"loaded","id":1,"seconds":1.0,"resolved":{"b":1,"a":1.0,\
            "\u{e9}":true,"e\u{301}":false,\
            "wide":1267650600228229401496703205376,"least":-9223372036854775808}}
            """
        let line = [UInt8](text.utf8)
        #expect(try Codec.encode(Codec.decode(Reply.self, line)) == line + [0x0A])
    }

    @Test("Of a setting given twice the last value counts, in the first place")
    func twice() {
        var settings: Settings = ["a": 1, "b": 2]
        settings["a"] = 3
        #expect(settings.json.encoded() == [UInt8](#"{"a":3,"b":2}"#.utf8))
        settings["a"] = nil
        #expect(settings.json.encoded() == [UInt8](#"{"b":2}"#.utf8))
    }

    @Test("An identity beyond 64 bits is refused by name")
    func wideIdentity() {
        let line = [UInt8](
            #"{"type":"transcribe","id":18446744073709551616,"audio":"","samples":1}"#.utf8)
        let error = #expect(throws: ProtocolError.self) { try Codec.decode(Request.self, line) }
        #expect(error?.description.contains("beyond 64 bits in `id`") == true)
    }

    @Test("What is no UTF-8, or nested without end, is refused")
    func hostile() {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        for line in [[0xFF], [0x22, 0xED, 0xA0, 0x80, 0x22], deep] as [[UInt8]] {
            let error = #expect(throws: ProtocolError.self) { try Codec.decode(Reply.self, line) }
            #expect(error?.kind == .brokenLine)
        }
    }

    @Test("The cap holds both ways: a line of 16 MiB with its end passes, one byte more does not")
    func cap() throws {
        let empty = try Codec.encode(Reply.progress(Progress(id: 1, message: ""))).count
        let fitting = String(repeating: "x", count: Codec.maxLineBytes - empty)
        let line = try Codec.encode(Reply.progress(Progress(id: 1, message: fitting)))
        #expect(line.count == Codec.maxLineBytes)
        let over = #expect(throws: ProtocolError.self) {
            try Codec.encode(Reply.progress(Progress(id: 1, message: fitting + "x")))
        }
        #expect(over?.kind == .overLongLine)
        let long = #expect(throws: ProtocolError.self) {
            try Codec.decode(Reply.self, line + [0x20])
        }
        #expect(long?.kind == .overLongLine)
    }
}
