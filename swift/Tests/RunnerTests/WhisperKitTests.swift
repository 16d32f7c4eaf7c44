#if SHIM
import RunnerHost
import Testing
import WhisperKitAdapter

private let networks = ["MelSpectrogram", "AudioEncoder", "TextDecoder"].flatMap(
    ModelFolder.compiled)
private let complete = networks + ["tokenizer/tokenizer.json", "tokenizer/tokenizer_config.json"]

@Suite("The WhisperKit adapter against its shim")
struct WhisperKitTests {
    @Test("It says that it is a shim, and the version that is pinned")
    func identity() {
        let identity = WhisperKitEngine().identity
        #expect(identity.backend == "whisperkit" && identity.build == .shim)
        #expect(identity.library.split(separator: ".").count == 3)
    }

    @Test("Texts, times and words arrive, a window after the other")
    func transcribe() async throws {
        try await withFolder(complete) { folder in
            let engine = WhisperKitEngine()
            let resolved = try await engine.load(folder, options { $0.words = true })
            expect(
                resolved,
                has: [
                    "model_folder": .string(folder), "device": "cpuAndNeuralEngine",
                    "chunking": "timestamps", "chunk_seconds": 30.0, "detectLanguage": true,
                ])
            let said = try await engine.transcribe(samples(31 * 16_000 + 8_000))
            #expect(said.text == " heard 480000 heard 24000" && said.language == "en")
            #expect(said.segments.map(\.start) == [0, 30] && said.segments.last?.end == 31.5)
            #expect(said.words?.count == 4 && said.firstSegmentSeconds != nil)
        }
    }

    @Test("Terms are the prompt: as many of the first as have room, and it says how many")
    func terms() async throws {
        try await withFolder(complete) { folder in
            let engine = WhisperKitEngine()
            expect(
                try await engine.load(folder, options { $0.terms = ["Ada Lovelace", "Envoy"] }),
                has: ["terms_as": "promptTokens", "terms_given": 2, "terms_left_out": 0])
            #expect(try await engine.transcribe(samples(32_000)).text == " heard 32000 told 3")
            let many = (1...300).map { "term \($0)" }
            expect(
                try await engine.load(folder, options { $0.terms = many }),
                has: ["terms_given": 111, "terms_left_out": 189])
            #expect(try await engine.load(folder)["terms_given"] == nil)
            await #expect(throws: Refusal.self) {
                let long = Array(repeating: "so", count: 224).joined(separator: " ")
                _ = try await engine.load(folder, options { $0.terms = [long] })
            }
        }
    }

    @Test("A growing buffer: all segments are confirmed but the last two, and decoded no more")
    func listen() async throws {
        try await withFolder(complete) { folder in
            let engine = WhisperKitEngine()
            _ = try await engine.load(folder, options { $0.words = true })
            let clip = try await samples(130 * 16_000)
            let screen = Screen()
            let listener = try await engine.listen(clip, screen.show)
            expect(listener.resolved, has: ["policy": "native", "rule": "segment confirmation"])
            for seconds in [1, 60, 100, 101] { try await listener.hear(seconds * 16_000) }
            #expect(
                screen.shown == [
                    Shown(mayChange: " heard 480000 heard 480000", heard: 60 * 16_000),
                    Shown(
                        stands: " heard 480000 heard 480000",
                        mayChange: " heard 480000 heard 160000", heard: 100 * 16_000),
                ])
            let said = try await listener.finish(clip.count)
            #expect(said.segments.map(\.start) == [0, 30, 60, 90, 120] && said.language == "en")
            #expect(said.words?.count == 10)
        }
    }

    @Test("Cut at pauses, the first piece is noted too, and one that fails is left out in silence")
    func pauses() async throws {
        try await withFolder(complete) { folder in
            let engine = WhisperKitEngine()
            _ = try await engine.load(folder, options(["chunkingStrategy": "vad"]))
            let said = try await engine.transcribe(samples(75 * 16_000, broken: 40 * 16_000))
            #expect(said.text == " heard 480000  heard 240000" && said.firstSegmentSeconds != nil)
            #expect(said.segments.map(\.start) == [0, 60])
        }
    }

    @Test("Parity is greedy to the clip's very end; recommended leaves out the last second")
    func profiles() async throws {
        try await withFolder(complete) { folder in
            let engine = WhisperKitEngine()
            expect(try await engine.load(folder), has: ["temperatureFallbackCount": 5])
            #expect(try await engine.transcribe(samples(16_000)).text == "")
            expect(
                try await engine.load(folder, options { $0.profile = .parity }),
                has: [
                    "temperatureFallbackCount": 0, "temperature": 0.0,
                    "firstTokenLogProbThreshold": nil,
                ])
            #expect(try await engine.transcribe(samples(16_000)).text == " heard 16000")
        }
    }

    @Test("The library's own settings arrive, and win over the device")
    func settings() async throws {
        let asked: Settings = [
            "textDecoderCompute": "all", "chunkingStrategy": "vad", "concurrentWorkerCount": 2,
            "logProbThreshold": nil, "temperature": 0.5,
        ]
        try await withFolder(complete) { folder in
            expect(
                try await WhisperKitEngine().load(folder, options(asked) { $0.device = "cpu" }),
                has: asked.merging([
                    "device": "cpuOnly, all", "melCompute": "cpuOnly", "chunking": "fixed",
                    "chunks_at_once": 2,
                ]))
        }
    }

    @Test(
        "What cannot be honoured is refused",
        arguments: [
            (options(["beams": 5]), "no setting beams; there are: audioEncoderCompute"),
            (options(["audioEncoderCompute": "tpu"]), "audioEncoderCompute cannot be tpu"),
            (options(["concurrentWorkerCount": 0]), "concurrentWorkerCount cannot be 0"),
            (options(["noSpeechThreshold": 0.6]), "no setting noSpeechThreshold"),
            (options { $0.precision = "int8" }, "CoreML runs weights as compiled"),
            (options { $0.device = "tpu" }, "no device tpu"),
            (options { $0.language = "tlh" }, "no language tlh; there are: de"),
            (options { $0.language = "yue" }, "this checkpoint is older than large-v3"),
        ])
    func refusals(_ options: Options, _ why: String) async throws {
        try await withFolder(complete) { folder in
            let engine = WhisperKitEngine()
            await engine.expectRefusal(of: options, in: folder, "unsupported: \(why)")
        }
    }

    @Test("Cantonese is in the vocabulary of large-v3; an English checkpoint speaks English only")
    func languages() async throws {
        try await withFolder(complete, named: "openai_whisper-large-v3") { folder in
            let resolved = try await WhisperKitEngine().load(
                folder, options { $0.language = "yue" })
            expect(resolved, has: ["language": "yue", "detectLanguage": false])
        }
        try await withFolder(complete, named: "openai_whisper-tiny.en") { folder in
            let engine = WhisperKitEngine()
            expect(try await engine.load(folder), has: ["language": "en", "multilingual": false])
            let french = options { $0.language = "fr" }
            await engine.expectRefusal(of: french, in: folder, "unsupported: this checkpoint is E")
        }
    }

    @Test(
        "What a folder lacks is named, before the library asks the network for it",
        arguments: ["AudioEncoder.mlmodelc/weights/weight.bin", "tokenizer/tokenizer_config.json"])
    func incomplete(_ lost: String) async throws {
        try await withFolder(complete.filter { $0 != lost }) { folder in
            let why = "bad-model: \(folder) has no \(lost)"
            await WhisperKitEngine().expectRefusal(of: options(), in: folder, why)
        }
    }
}
#endif
