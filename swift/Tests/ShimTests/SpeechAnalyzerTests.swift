import RunnerHost
import RunnerProtocol
import SpeechAnalyzerAdapter
import Testing

@Suite("The SpeechAnalyzer adapter against its shim")
struct SpeechAnalyzerTests {
    @Test("Phrases and words arrive, from a new analyzer for every clip")
    func transcribe() async throws {
        let engine = SpeechAnalyzerEngine()
        let resolved = try await engine.load(
            "/system",
            options {
                $0.language = "en"
                $0.words = true
            })
        #expect(resolved["locale"]?.shown == "en-US" && resolved["chunking"]?.shown == "whole")
        for count in [32_000, 16_000] {
            let said = try await engine.transcribe(samples(count))
            #expect(said.text == "heard \(count)" && said.language == "en")
            #expect(said.segments.map(\.end) == [Double(count) / 32_000, Double(count) / 16_000])
            #expect(said.words?.map(\.text) == ["heard ", "\(count)"])
        }
    }

    @Test(
        "What cannot be honoured is refused",
        arguments: [
            (options(), "unsupported: SpeechAnalyzer detects no language"),
            (
                options { $0.language = "tlh" },
                "unsupported: SpeechAnalyzer does not know the language tlh"
            ),
            (
                options {
                    $0.language = "en"
                    $0.device = "gpu"
                }, "unsupported: the system chooses the device"
            ),
            (
                options {
                    $0.language = "en"
                    $0.extra = ["beams": 5]
                }, "unsupported: no setting beams; there is none"
            ),
        ])
    func refusals(_ options: Options, _ why: String) async throws {
        let refusal = await #expect(throws: Refusal.self) {
            try await SpeechAnalyzerEngine().load("/system", options)
        }
        #expect(refusal?.said.hasPrefix(why) == true, "\(refusal?.said ?? "")")
    }
}
