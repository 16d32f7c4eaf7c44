import FluidAudioAdapter
import RunnerHost
import RunnerProtocol
import Testing

private let shared = ["Preprocessor", "Encoder", "Decoder"].map { "\($0).mlmodelc/coremldata.bin" }
private let third = shared + ["JointDecisionv3.mlmodelc/coremldata.bin", "parakeet_vocab.json"]
private let second = shared + ["JointDecision.mlmodelc/coremldata.bin", "parakeet_vocab.json"]

@Suite("The FluidAudio adapter against its shim")
struct FluidAudioTests {
    @Test(
        "Both versions load, from a folder of any name",
        arguments: ["main-0123", "parakeet-tdt-0.6b-v3"])
    func names(_ name: String) async throws {
        try await withFolder(third, named: name) { folder in
            let resolved = try await FluidAudioEngine().load(folder, options())
            #expect(
                resolved["model"]?.shown == "parakeet-tdt-0.6b-v3"
                    && resolved["model_folder"]?.shown == folder)
            #expect(
                resolved["compute_type"]?.shown == "int8"
                    && resolved["melChunkContext"]?.shown == "true")
            #expect(
                resolved["chunking"]?.shown == "overlapping"
                    && resolved["chunks_at_once"]?.shown == "4")
        }
        try await withFolder(second, named: name) { folder in
            let resolved = try await FluidAudioEngine().load(folder, options())
            #expect(
                resolved["model"]?.shown == "parakeet-tdt-0.6b-v2"
                    && resolved["compute_type"]?.shown == "null")
        }
    }

    @Test("Text, times and words arrive; a clip under 0.3 s is filled up with silence")
    func transcribe() async throws {
        try await withFolder(third) { folder in
            let engine = FluidAudioEngine()
            _ = try await engine.load(folder, options { $0.words = true })
            let said = try await engine.transcribe(samples(48_000))
            #expect(said.text == "heard 48000" && said.language == nil)
            #expect(
                said.segments.map(\.end) == [3] && said.words?.map(\.text) == ["heard", "48000"])
            #expect(said.words?.map(\.start) == [0, 2])
            #expect(try await engine.transcribe(samples(1)).text == "heard 4800")
        }
    }

    @Test(
        "What cannot be honoured is refused",
        arguments: [
            (options { $0.language = "en" }, "unsupported: Parakeet cannot be told a language"),
            (
                options { $0.precision = "float16" },
                "unsupported: no precision float16; there are: int8, int4"
            ),
            (
                options { $0.precision = "int4" },
                "bad-model: FOLDER has no EncoderInt4.mlmodelc/coremldata.bin"
            ),
            (
                options { $0.extra = ["language": "tlh"] },
                "unsupported: no language tlh; there are: en"
            ),
            (
                options { $0.extra = ["beams": 5] },
                "unsupported: no setting beams; there are: computeUnits"
            ),
            (
                options { $0.extra = ["melChunkContext": 1] },
                "unsupported: melChunkContext cannot be 1"
            ),
        ])
    func refusals(_ options: Options, _ why: String) async throws {
        try await withFolder(third) { folder in
            let refusal = await #expect(throws: Refusal.self) {
                try await FluidAudioEngine().load(folder, options)
            }
            let wanted = why.replacing("FOLDER", with: folder)
            #expect(refusal?.said.hasPrefix(wanted) == true, "\(refusal?.said ?? "")")
        }
    }

    @Test("What a folder lacks is named, before the library deletes it")
    func incomplete() async throws {
        try await withFolder(third.filter { !$0.hasPrefix("Decoder") }) { folder in
            let refusal = await #expect(throws: Refusal.self) {
                try await FluidAudioEngine().load(folder, options())
            }
            #expect(refusal?.said == "bad-model: \(folder) has no Decoder.mlmodelc/coremldata.bin")
        }
    }
}
