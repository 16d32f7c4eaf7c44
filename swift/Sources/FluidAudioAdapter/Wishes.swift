import FluidAudio
import RunnerHost

/// What was asked of FluidAudio, checked: the settings have the library's own names.
///
/// It has one way to decode, greedy: the profiles are alike.
struct Wishes {
    /// All of the library's own settings, as they will be used.
    let settings: Settings
    let encoder, decoder: ComputeUnits
    let config: ASRConfig
    let language: Language?

    init(_ options: Options) throws {
        guard options.language == nil else {
            throw Refusal.unsupported("Parakeet cannot be told a language")
        }
        let units = try options.choose(
            auto: ComputeUnits.cpuAndNeuralEngine, cpu: .cpuOnly, gpu: .cpuAndGPU)
        let library = ASRConfig()
        var extra = Extra(options.extra)
        encoder = try extra.take("encoderComputeUnits", absent: units)
        decoder = try extra.take("computeUnits", absent: units)
        if let terms = options.terms, !terms.isEmpty {
            guard encoder == .cpuAndNeuralEngine, decoder == .cpuAndNeuralEngine else {
                throw Refusal.unsupported(
                    "terms are heard on CPU and Neural Engine, wherever the rest computes")
            }
            guard !options.words else {
                throw Refusal.unsupported("no word times of a text that terms were put into")
            }
        }
        config = ASRConfig(
            parallelChunkConcurrency: try extra.take(
                "parallelChunkConcurrency", absent: library.parallelChunkConcurrency, least: 1),
            melChunkContext: try extra.take("melChunkContext", absent: library.melChunkContext),
            dualDecodeArbitration: try extra.take(
                "dualDecodeArbitration", absent: library.dualDecodeArbitration),
            seamGapRepair: try extra.take("seamGapRepair", absent: library.seamGapRepair),
            seamGapRepairMinGapSeconds: try extra.take(
                "seamGapRepairMinGapSeconds", absent: library.seamGapRepairMinGapSeconds, least: 0.5
            ))
        let hint = try extra.take("language", absent: "")
        language = Language(rawValue: hint)
        try extra.finish()
        settings = extra.taken
        guard hint.isEmpty || language != nil else {
            let known = Language.allCases.map(\.rawValue).sorted().joined(separator: ", ")
            throw Refusal.unsupported("no language \(hint); there are: \(known)")
        }
    }

    /// Refuse what the library would ignore without a word.
    func check(_ version: AsrModelVersion) throws {
        if language != nil, version != .v3 {
            throw Refusal.unsupported("language acts with Parakeet v3 only, and this is v2")
        }
        if config.dualDecodeArbitration, version != .v3 || config.melChunkContext {
            throw Refusal.unsupported(
                "dualDecodeArbitration acts with Parakeet v3 and melChunkContext=false only")
        }
    }

    /// What will run.
    var resolved: Settings {
        // Whole frames of 80 ms in 15 s, less the frame of context that a piece begins with.
        let seconds = config.melChunkContext ? 14.88 : 14.96
        let pieces = config.parallelChunkConcurrency
        return settings.merging(
            .chunking("overlapping", seconds: seconds, overlap: 2, atOnce: pieces)
        ).merging([
            "device": ComputeUnits.device(encoder, decoder), "preprocessorComputeUnits": "cpuOnly",
            "language": language.map { .string($0.rawValue) } ?? .null,
        ])
    }
}
