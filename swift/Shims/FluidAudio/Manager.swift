import Foundation

public struct ASRConfig: Sendable {
    public let parallelChunkConcurrency: Int
    public let melChunkContext: Bool
    public let dualDecodeArbitration: Bool
    public let seamGapRepair: Bool
    public let seamGapRepairMinGapSeconds: Double

    public init(
        parallelChunkConcurrency: Int = 4, melChunkContext: Bool = true,
        dualDecodeArbitration: Bool = false, seamGapRepair: Bool = true,
        seamGapRepairMinGapSeconds: Double = 1.5
    ) {
        (self.parallelChunkConcurrency, self.melChunkContext, self.dualDecodeArbitration) =
            (max(1, parallelChunkConcurrency), melChunkContext, dualDecodeArbitration)
        (self.seamGapRepair, self.seamGapRepairMinGapSeconds) =
            (seamGapRepair, max(0.5, seamGapRepairMinGapSeconds))
    }
}

public struct TdtDecoderState: Sendable {
    public static func make(decoderLayers: Int = 2) -> TdtDecoderState { TdtDecoderState() }
}

public enum Language: String, Sendable, CaseIterable {
    case english = "en"
    case french = "fr"
    case russian = "ru"
}

/// Deterministic: says how many samples it heard, and keeps the trap of the real one.
public actor AsrManager {
    private let models: AsrModels?
    private static let rate = 16_000.0

    public init(config: ASRConfig = .init(), models: AsrModels? = nil) { self.models = models }

    public var decoderLayerCount: Int { 2 }

    public func transcribe(
        _ audioSamples: [Float], decoderState: inout TdtDecoderState, language: Language? = nil
    ) async throws -> ASRResult {
        guard models != nil else { throw ASRError.notInitialized }
        guard audioSamples.count >= 4_800 else { throw ASRError.invalidAudioData }
        let seconds = Double(audioSamples.count) / Self.rate
        let pieces = [" hea", "rd", " \(audioSamples.count)"]
        let timings = pieces.enumerated().map { index, piece in
            let begun = seconds * Double(index) / 3
            return TokenTiming(token: piece, startTime: begun, endTime: begun + seconds / 3)
        }
        return ASRResult(text: "heard \(audioSamples.count)", tokenTimings: timings)
    }
}

public struct ASRResult: Sendable {
    public let text: String
    public let tokenTimings: [TokenTiming]?
}

public struct TokenTiming: Sendable {
    public let token: String
    public let startTime: TimeInterval
    public let endTime: TimeInterval
}

public struct WordTiming: Sendable {
    public let word: String
    public let startTime: TimeInterval
    public let endTime: TimeInterval
}

/// A piece that begins with a space begins a word.
public func buildWordTimings(from tokenTimings: [TokenTiming]) -> [WordTiming] {
    tokenTimings.reduce(into: []) { words, timing in
        let begun = timing.token.hasPrefix(" ") ? nil : words.popLast()
        let piece = timing.token.trimmingCharacters(in: .whitespaces)
        words.append(
            WordTiming(
                word: (begun?.word ?? "") + piece, startTime: begun?.startTime ?? timing.startTime,
                endTime: timing.endTime))
    }
}

public enum ASRError: Error {
    case notInitialized, invalidAudioData
    case modelNotFound(String)
}
