import CoreML
import FluidAudio
import Foundation

/// Every call of FluidAudio that the adapter makes, with its type spelled out.
///
/// Nothing runs this: it is compiled against the shim and against the real library, so that neither
/// can differ from what is written here. swift/README.md says where each is declared upstream.
enum Surface {
    static func stayOffline() { ModelHub.offlineMode = true as Bool }

    static func load(
        _ folder: URL, _ configuration: sending MLModelConfiguration?, _ version: AsrModelVersion,
        _ precision: ParakeetEncoderPrecision, _ encoder: MLComputeUnits?
    ) async throws -> AsrModels {
        try await AsrModels.load(
            from: folder, configuration: configuration, version: version,
            encoderPrecision: precision, encoderComputeUnits: encoder)
    }

    static func configuration() -> MLModelConfiguration { AsrModels.defaultConfiguration() }

    static let versions: [AsrModelVersion] = [.v2, .v3]

    static func precision(_ word: String) -> (ParakeetEncoderPrecision, String)? {
        ParakeetEncoderPrecision(rawValue: word).map { ($0, $0.encoderFileName) }
    }

    static func language(_ word: String) -> Language? { Language(rawValue: word) }

    static let languages: [Language] = Language.allCases

    static func config(_ workers: Int, _ mel: Bool, _ arbitration: Bool) -> ASRConfig {
        ASRConfig(
            parallelChunkConcurrency: workers, melChunkContext: mel,
            dualDecodeArbitration: arbitration)
    }

    static func read(_ config: ASRConfig) -> (Int, Bool, Bool) {
        (config.parallelChunkConcurrency, config.melChunkContext, config.dualDecodeArbitration)
    }

    static func make(_ config: ASRConfig, _ models: AsrModels?) -> AsrManager {
        AsrManager(config: config, models: models)
    }

    static func transcribe(
        _ manager: AsrManager, _ samples: [Float], _ language: Language?
    ) async throws -> ASRResult {
        var state: TdtDecoderState = .make(decoderLayers: await manager.decoderLayerCount as Int)
        return try await manager.transcribe(samples, decoderState: &state, language: language)
    }

    static func read(_ result: ASRResult) -> (String, [TokenTiming]?) {
        (result.text, result.tokenTimings)
    }

    static func read(_ token: TokenTiming) -> (TimeInterval, TimeInterval) {
        (token.startTime, token.endTime)
    }

    static func words(_ tokens: [TokenTiming]) -> [WordTiming] { buildWordTimings(from: tokens) }

    static func read(_ word: WordTiming) -> (String, TimeInterval, TimeInterval) {
        (word.word, word.startTime, word.endTime)
    }
}
