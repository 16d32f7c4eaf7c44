#if SHIM
import FluidAudioAdapter
import Testing

@testable import RunnerHost

private let shared = ["Preprocessor", "Encoder", "Decoder"].map { "\($0).mlmodelc/coremldata.bin" }
private let third = shared + ["JointDecisionv3.mlmodelc/coremldata.bin", "parakeet_vocab.json"]
private let second = shared + ["JointDecision.mlmodelc/coremldata.bin", "parakeet_vocab.json"]

private let second110 =
    ["MelSpectrogram", "AudioEncoder"].map { "boost/\($0).mlmodelc/coremldata.bin" }
    + ["boost/vocab.json", "boost/tokenizer.json"]

private let eou =
    ["streaming_encoder", "decoder", "joint_decision"].map { "\($0).mlmodelc/coremldata.bin" }
    + ["vocab.json"]
private let nemotron =
    ["preprocessor", "encoder/encoder_int8", "decoder", "joint"].map {
        "\($0).mlmodelc/coremldata.bin"
    } + ["metadata.json", "tokenizer.json"]

// One at a time: the library's offline mode is one variable of the process, as a runner loads one engine.
@Suite("The FluidAudio adapter against its shim", .serialized)
struct FluidAudioTests {
    @Test(
        "Both versions load, from a folder of any name",
        arguments: ["main-0123", "parakeet-tdt-0.6b-v3"])
    func names(_ name: String) async throws {
        try await withFolder(third, named: name) { folder in
            expect(
                try await FluidAudioEngine().load(folder),
                has: [
                    "model": "parakeet-tdt-0.6b-v3", "model_folder": .string(folder),
                    "compute_type": "int8", "melChunkContext": true, "seamGapRepair": true,
                    "seamGapRepairMinGapSeconds": 1.5, "chunking": "overlapping",
                    "chunk_seconds": 14.88, "chunks_at_once": 4,
                ])
        }
        try await withFolder(second, named: name) { folder in
            expect(
                try await FluidAudioEngine().load(folder),
                has: ["model": "parakeet-tdt-0.6b-v2", "compute_type": nil])
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

    @Test("Terms are put where the second model hears them, and refused where they would not be")
    func terms() async throws {
        let engine = FluidAudioEngine()
        try await withFolder(third + second110) { folder in
            expect(
                try await engine.load(folder, options { $0.terms = ["Heard", "k8"] }),
                has: [
                    "terms_as": "customVocabulary", "terms_given": 1, "terms_left_out": 1,
                    "terms_model": "parakeet-ctc-110m",
                ])
            let said = try await engine.transcribe(samples(48_000))
            #expect(said.text == "Heard 48000" && said.segments.map(\.text) == ["Heard 48000"])
            #expect(try await engine.load(folder)["terms_given"] == nil)
            #expect(try await engine.transcribe(samples(48_000)).text == "heard 48000")
            for (asked, why) in [
                (options { ($0.terms, $0.words) = (["Heard"], true) }, "no word times of a text"),
                (options { ($0.terms, $0.device) = (["Heard"], "cpu") }, "terms are heard on CPU"),
                (options { $0.terms = ["k8"] }, "no term has 3 letters"),
            ] {
                await engine.expectRefusal(of: asked, in: folder, "unsupported: \(why)")
            }
        }
        let asked = options { $0.terms = ["Heard"] }
        try await withFolder(third + second110.filter { !$0.hasSuffix("tokenizer.json") }) {
            folder in
            let why = "bad-model: \(folder)/boost has no tokenizer.json"
            await engine.expectRefusal(of: asked, in: folder, why)
        }
        try await withFolder(eou) { folder in
            let why = "unsupported: terms are heard with Parakeet TDT only"
            await engine.expectRefusal(of: asked, in: folder, why)
        }
    }

    @Test("Each part has its compute units, which win over the device")
    func units() async throws {
        try await withFolder(third) { folder in
            let asked = options(["encoderComputeUnits": "cpuAndGPU"]) { $0.device = "cpu" }
            expect(
                try await FluidAudioEngine().load(folder, asked),
                has: ["device": "cpuAndGPU, cpuOnly", "preprocessorComputeUnits": "cpuOnly"])
        }
    }

    @Test("What acts with v3 only, or without context, is refused where it would be ignored")
    func ignored() async throws {
        let arbitration = options(["dualDecodeArbitration": true])
        let both = options([
            "dualDecodeArbitration": true, "melChunkContext": false, "language": "fr",
        ])
        let engine = FluidAudioEngine()
        try await withFolder(third) { folder in
            await engine.expectRefusal(of: arbitration, in: folder, "unsupported: dualDecode")
            let resolved = try await engine.load(folder, both)
            expect(resolved, has: ["language": "fr", "chunk_seconds": 14.96])
        }
        try await withFolder(second) { folder in
            await engine.expectRefusal(of: both, in: folder, "unsupported: language acts with")
            await engine.expectRefusal(of: arbitration, in: folder, "unsupported: dualDecode")
        }
    }

    @Test(
        "What cannot be honoured is refused",
        arguments: [
            (options { $0.language = "en" }, "unsupported: Parakeet cannot be told a language"),
            (options { $0.precision = "int4" }, "unsupported: no precision int4; v3 is int8"),
            (options(["language": "tlh"]), "unsupported: no language tlh; there are: en"),
            (options(["beams": 5]), "unsupported: no setting beams; there are: computeUnits"),
            (options(["melChunkContext": 1]), "unsupported: melChunkContext cannot be 1"),
            (
                options(["seamGapRepairMinGapSeconds": 0.1]),
                "unsupported: seamGapRepairMinGapSeconds cannot be 0.1: it is a number from 0.5"
            ),
        ])
    func refusals(_ options: Options, _ why: String) async throws {
        try await withFolder(third) { folder in
            await FluidAudioEngine().expectRefusal(of: options, in: folder, why)
        }
    }

    @Test("What a folder lacks is named, before the library deletes it")
    func incomplete() async throws {
        try await withFolder(third.filter { !$0.hasPrefix("Decoder") }) { folder in
            let why = "bad-model: \(folder) has no Decoder.mlmodelc/coremldata.bin"
            await FluidAudioEngine().expectRefusal(of: options(), in: folder, why)
        }
    }

    @Test(
        "A model that streams: pieces stand as they come, the last is filled up; a clip is a stream",
        arguments: [(eou, 2_560, 0.16), (nemotron, 17_920, 1.12)])
    func streaming(_ files: [String], _ piece: Int, _ seconds: Double) async throws {
        try await withFolder(files) { folder in
            let engine = FluidAudioEngine()
            expect(
                try await engine.load(folder),
                has: ["chunking": "fixed", "chunk_seconds": .number(seconds)])
            let clip = try await samples(piece * 3 + 10)
            let screen = Screen()
            let listener = try await engine.listen(clip, screen.show)
            expect(
                listener.resolved, has: ["policy": "native", "chunk_seconds": .number(seconds)])
            for count in [piece - 1, piece + 1, 3 * piece] { try await listener.hear(count) }
            #expect(screen.shown.map(\.stands) == ["", "0", " 1 2"])
            #expect(screen.shown.map(\.heard) == [0, piece, 3 * piece])
            #expect(try await listener.finish(clip.count).text == "0 1 2 3")
            #expect(try await engine.transcribe(clip).text == "0 1 2 3")
            let again = try await engine.listen(clip, screen.show)
            #expect(try await again.finish(piece).text == "0")
        }
    }

    @Test("Parakeet TDT does not stream; settings of its own are refused elsewhere")
    func notStreaming() async throws {
        let engine = FluidAudioEngine()
        try await withFolder(third) { folder in
            _ = try await engine.load(folder)
            let refusal = await #expect(throws: Refusal.self) {
                _ = try await engine.listen(try await samples(16_000)) { _ in }
            }
            #expect(refusal?.message.hasPrefix("Parakeet TDT does not stream") == true)
        }
        try await withFolder(eou) { folder in
            let asked = options(["seamGapRepair": true])
            let why = "unsupported: seamGapRepair acts with Parakeet TDT only"
            await engine.expectRefusal(of: asked, in: folder, why)
        }
        try await withFolder(nemotron.filter { $0 != "metadata.json" }) { folder in
            let why = "bad-model: \(folder) has no metadata.json"
            await engine.expectRefusal(of: options(), in: folder, why)
        }
    }
}
#endif
