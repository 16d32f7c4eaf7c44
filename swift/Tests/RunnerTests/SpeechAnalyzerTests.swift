#if SHIM
import Foundation
import RunnerHost
import Speech
import SpeechAnalyzerAdapter
import Testing

private let english = options { $0.language = "en" }

@Suite("The SpeechAnalyzer adapter against its shim", .serialized)
struct SpeechAnalyzerTests {
    @Test("Phrases and words arrive, from a new analyzer for every clip, fed a second at a time")
    func transcribe() async throws {
        let engine = SpeechAnalyzerEngine()
        let words = options {
            $0.language = "en"
            $0.words = true
        }
        expect(
            try await engine.load("/system", words),
            has: ["locale": "en-US", "chunking": "whole", "sample_format": "int16"])
        for count in [40_000, 16_000] {
            let said = try await engine.transcribe(samples(count))
            #expect(said.text == "heard \(count)" && said.language == "en")
            #expect(said.segments.map(\.end) == [Double(count) / 32_000, Double(count) / 16_000])
            #expect(said.words?.map(\.text) == ["heard ", "\(count)"])
            #expect(ShimSystem.pieces == (count == 16_000 ? [16_000] : [16_000, 16_000, 8_000]))
        }
        await engine.close()
    }

    @Test("A stream shows what is volatile, then what is final; a clip after it is as before")
    func listen() async throws {
        let engine = SpeechAnalyzerEngine()
        _ = try await engine.load("/system", english)
        let clip = try await samples(40_000)
        let screen = Screen()
        let listener = try await engine.listen(clip, screen.show)
        expect(listener.resolved, has: ["policy": "native"])
        try await listener.hear(16_000)
        try await listener.hear(32_000)
        let said = try await listener.finish(40_000)
        #expect(said.text == "heard 40000" && said.segments.count == 2)
        #expect(
            screen.shown == [
                Shown(mayChange: "hear 16000", heard: 16_000),
                Shown(mayChange: "hear 32000", heard: 32_000),
                Shown(mayChange: "hear 40000", heard: 40_000),
                Shown(stands: "heard ", heard: 20_000), Shown(stands: "40000", heard: 40_000),
            ])
        #expect(try await engine.transcribe(clip).text == "heard 40000")
        await engine.close()
    }

    @Test("A locale is reserved for the load and released; what is installed stays reserved")
    func reservations() async throws {
        ShimSystem.reserved = ["fr", "de"].map(Locale.init)
        let engine = SpeechAnalyzerEngine()
        _ = try await engine.load("/system", english)
        #expect(ShimSystem.reserved.map(\.identifier) == ["de", "en-US"])
        await engine.close()
        #expect(ShimSystem.reserved.map(\.identifier) == ["de"])
        try await SpeechAnalyzerEngine.install("en")
        _ = try await engine.load("/system", english)
        await engine.close()
        #expect(ShimSystem.reserved.map(\.identifier) == ["de", "en-US"])
        ShimSystem.reserved = []
        let french = options { $0.language = "fr" }
        await engine.expectRefusal(of: french, in: "/system", "bad-model: the system has no speech")
        #expect(ShimSystem.reserved == [])
    }

    @Test("A machine without it is another refusal than an unknown language")
    func unavailable() async {
        ShimSystem.isAvailable = false
        defer { ShimSystem.isAvailable = true }
        let why = "unsupported: this Mac's system has no SpeechAnalyzer available"
        await SpeechAnalyzerEngine().expectRefusal(of: english, in: "/system", why)
    }

    @Test(
        "What cannot be honoured is refused",
        arguments: [
            ("", "auto", [:], "SpeechAnalyzer detects no language"),
            ("tlh", "auto", [:], "SpeechAnalyzer does not know the language tlh"),
            ("en", "gpu", [:], "the system chooses the device"),
            ("en", "auto", ["beams": 5], "no setting beams; there is none"),
        ] as [(String, String, Settings, String)])
    func refusals(_ language: String, _ device: String, _ extra: Settings, _ why: String) async {
        let asked = options(extra) {
            $0.language = language.isEmpty ? nil : language
            $0.device = device
        }
        let engine = SpeechAnalyzerEngine()
        await engine.expectRefusal(of: asked, in: "/system", "unsupported: \(why)")
    }
}
#endif
