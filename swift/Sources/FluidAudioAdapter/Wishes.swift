import ComputeUnits
import FluidAudio
import RunnerHost
import RunnerProtocol

/// What was asked of FluidAudio, checked: the settings have the library's own names.
///
/// It has one way to decode, greedy: the profiles are alike.
struct Wishes {
    /// All of the library's own settings, as they will be used.
    let settings: Settings
    let encoder, decoder: ComputeUnits
    let workers: Int
    let melContext, arbitration: Bool
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
        workers = try extra.take(
            "parallelChunkConcurrency", absent: library.parallelChunkConcurrency, least: 1)
        melContext = try extra.take("melChunkContext", absent: library.melChunkContext)
        arbitration = try extra.take("dualDecodeArbitration", absent: library.dualDecodeArbitration)
        let hint = try extra.take("language", absent: "")
        language = Language(rawValue: hint)
        try extra.finish()
        settings = extra.taken
        guard hint.isEmpty || language != nil else {
            let known = Language.allCases.map(\.rawValue).sorted().joined(separator: ", ")
            throw Refusal.unsupported("no language \(hint); there are: \(known)")
        }
    }

    var config: ASRConfig {
        ASRConfig(
            parallelChunkConcurrency: workers, melChunkContext: melContext,
            dualDecodeArbitration: arbitration)
    }

    /// What will run; which unit computes what is CoreML's choice, so these are the units allowed.
    var resolved: Settings {
        let running: Settings = [
            "device": .string(
                encoder == decoder ? encoder.rawValue : "\(encoder.rawValue), \(decoder.rawValue)"),
            "preprocessorComputeUnits": "cpuOnly",
            "encoderComputeUnits": .string(encoder.rawValue),
            "computeUnits": .string(decoder.rawValue),
            "parallelChunkConcurrency": .integer(workers),
            "melChunkContext": .bool(melContext),
            "dualDecodeArbitration": .bool(arbitration),
            "language": language.map { .string($0.rawValue) } ?? .null,
        ]
        return running.merging(.chunking("overlapping", seconds: 15, overlap: 2, atOnce: workers))
    }
}
