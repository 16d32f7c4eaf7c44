import RunnerHost
import RunnerProtocol
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
            #expect(resolved["model_folder"]?.shown == folder)
            #expect(resolved["device"]?.shown == "cpuAndNeuralEngine")
            #expect(
                resolved["chunking"]?.shown == "timestamps"
                    && resolved["chunk_seconds"]?.shown == "30.0")
            #expect(resolved["detectLanguage"]?.shown == "true")
            let said = try await engine.transcribe(samples(31 * 16_000 + 8_000))
            #expect(said.text == " heard 480000 heard 24000" && said.language == "en")
            #expect(said.segments.map(\.start) == [0, 30] && said.segments.last?.end == 31.5)
            #expect(said.words?.count == 4 && said.firstSegmentSeconds != nil)
        }
    }

    @Test(
        "Parity is greedy to the clip's very end; recommended leaves out the last second"
    )
    func profiles() async throws {
        try await withFolder(complete) { folder in
            let engine = WhisperKitEngine()
            var resolved = try await engine.load(folder, options())
            #expect(resolved["temperatureFallbackCount"]?.shown == "5")
            #expect(try await engine.transcribe(samples(16_000)).text == "")
            resolved = try await engine.load(folder, options { $0.profile = .parity })
            #expect(resolved["temperatureFallbackCount"]?.shown == "0")
            #expect(resolved["temperature"]?.shown == "0.0")
            #expect(resolved["firstTokenLogProbThreshold"]?.shown == "null")
            #expect(try await engine.transcribe(samples(16_000)).text == " heard 16000")
        }
    }

    @Test("The library's own settings arrive, and win over the device")
    func settings() async throws {
        try await withFolder(complete) { folder in
            let resolved = try await WhisperKitEngine().load(
                folder,
                options {
                    $0.device = "cpu"
                    $0.extra = [
                        "textDecoderCompute": "all", "chunkingStrategy": "vad",
                        "concurrentWorkerCount": 2,
                        "logProbThreshold": nil, "temperature": 0.5,
                    ]
                })
            #expect(
                resolved["device"]?.shown == "cpuOnly, all"
                    && resolved["melCompute"]?.shown == "cpuOnly")
            #expect(
                resolved["chunking"]?.shown == "fixed" && resolved["chunks_at_once"]?.shown == "2")
            #expect(
                resolved["logProbThreshold"]?.shown == "null"
                    && resolved["temperature"]?.shown == "0.5")
        }
    }

    @Test(
        "What cannot be honoured is refused",
        arguments: [
            (
                options { $0.extra = ["beams": 5] },
                "unsupported: no setting beams; there are: audioEncoderCompute"
            ),
            (
                options { $0.extra = ["audioEncoderCompute": "tpu"] },
                "unsupported: audioEncoderCompute cannot be tpu"
            ),
            (
                options { $0.extra = ["concurrentWorkerCount": 0] },
                "unsupported: concurrentWorkerCount cannot be 0"
            ),
            (
                options { $0.precision = "int8" },
                "unsupported: CoreML runs weights as compiled"
            ),
            (options { $0.device = "tpu" }, "unsupported: no device tpu"),
            (options { $0.language = "tlh" }, "unsupported: no language tlh; there are: de"),
        ])
    func refusals(_ options: Options, _ why: String) async throws {
        try await withFolder(complete) { folder in
            let refusal = await #expect(throws: Refusal.self) {
                try await WhisperKitEngine().load(folder, options)
            }
            #expect(refusal?.said.hasPrefix(why) == true, "\(refusal?.said ?? "")")
        }
    }

    @Test("An English checkpoint speaks English only")
    func englishOnly() async throws {
        try await withFolder(complete, named: "openai_whisper-tiny.en") { folder in
            let engine = WhisperKitEngine()
            let resolved = try await engine.load(folder, options())
            #expect(
                resolved["language"]?.shown == "en" && resolved["multilingual"]?.shown == "false")
            await #expect(throws: Refusal.self) {
                try await engine.load(folder, options { $0.language = "fr" })
            }
        }
    }

    @Test(
        "What a folder lacks is named, before the library asks the network for it",
        arguments: [
            "AudioEncoder.mlmodelc/weights/weight.bin", "tokenizer/tokenizer_config.json",
        ])
    func incomplete(_ lost: String) async throws {
        try await withFolder(complete.filter { $0 != lost }) { folder in
            let refusal = await #expect(throws: Refusal.self) {
                try await WhisperKitEngine().load(folder, options())
            }
            #expect(refusal?.said == "bad-model: \(folder) has no \(lost)")
        }
    }
}
