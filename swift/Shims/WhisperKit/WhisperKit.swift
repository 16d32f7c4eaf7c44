import Foundation

/// Deterministic: says of each window how many samples it heard; the traps are the real one's.
open class WhisperKit {
    public private(set) var currentTimings = TranscriptionTimings()
    public var textDecoder: any TextDecoding
    public var tokenizer: (any WhisperTokenizer)?
    public var segmentDiscoveryCallback: SegmentDiscoveryCallback?

    private static let rate = 16_000
    private static let windowSamples = 30 * rate

    public init(_ config: WhisperKitConfig = WhisperKitConfig()) async throws {
        let folder = config.modelFolder ?? ""
        textDecoder = ShimDecoder(
            isModelMultilingual: !folder.hasSuffix(".en"),
            logitsSize: folder.contains("large-v3") ? 51_866 : 51_865)
        for name in ["MelSpectrogram", "AudioEncoder", "TextDecoder"] {
            let path = "\(folder)/\(name).mlmodelc"
            guard FileManager.default.fileExists(atPath: path) else {
                throw WhisperError.modelsUnavailable("Model file not found at \(path)")
            }
        }
        self.tokenizer = ShimTokenizer()
        let tokenizer = (config.tokenizerFolder?.path ?? folder) + "/tokenizer.json"
        guard FileManager.default.fileExists(atPath: tokenizer) else {
            throw WhisperError.tokenizerUnavailable(tokenizer)
        }
        (currentTimings.modelLoading, currentTimings.encoderLoadTime) = (0.25, 0.125)
    }

    /// Over one window with `vad`, pieces are transcribed apart, and a piece that fails, here one
    /// that holds a NaN, is left out. A callback passed here would be forgotten then: there is none.
    open func transcribe(
        audioArray: [Float], decodeOptions: DecodingOptions? = nil
    ) async throws -> [TranscriptionResult] {
        let options = decodeOptions ?? DecodingOptions()
        let cuts = options.chunkingStrategy == .vad && audioArray.count > Self.windowSamples
        let clipped = Int(options.windowClipTime * Float(Self.rate))
        let begin = Int((options.clipTimestamps.first ?? 0) * Float(Self.rate))
        let starts = stride(
            from: begin, to: max(audioArray.count - clipped, begin), by: Self.windowSamples)
        let segments = starts.compactMap { start -> TranscriptionSegment? in
            let count = min(Self.windowSamples, audioArray.count - start)
            if cuts, audioArray[start..<(start + count)].contains(where: \.isNaN) { return nil }
            var found = segment(from: start, count: count, words: options.wordTimestamps)
            if let prompt = options.promptTokens { found.text += " told \(prompt.count)" }
            segmentDiscoveryCallback?([found])
            return found
        }
        // Nothing is detected in silence: the language is English then.
        let language = options.language ?? "en"
        let parts = cuts ? segments.map { [$0] } : [segments]
        return parts.map {
            TranscriptionResult(
                text: $0.map(\.text).joined(), segments: $0, language: language)
        }
    }

    private func segment(from start: Int, count: Int, words: Bool) -> TranscriptionSegment {
        let seconds = { (samples: Int) in Float(samples) / Float(Self.rate) }
        let spoken = [" heard", " \(count)"]
        let timed = spoken.enumerated().map { index, word in
            let begun = start + index * count / 2
            return WordTiming(word: word, start: seconds(begun), end: seconds(begun + count / 2))
        }
        return TranscriptionSegment(
            start: seconds(start), end: seconds(start + count), text: spoken.joined(),
            words: words ? timed : nil)
    }
}

public struct SpecialTokens { public let specialTokenBegin: Int }

public protocol WhisperTokenizer {
    func encode(text: String) -> [Int]
    var specialTokens: SpecialTokens { get }
}

/// A token a word, between two that are special, as the real one has them.
struct ShimTokenizer: WhisperTokenizer {
    let specialTokens = SpecialTokens(specialTokenBegin: 50_257)

    func encode(text: String) -> [Int] {
        [50_258] + text.split(separator: " ").map(\.count) + [50_257]
    }
}

public protocol TextDecoding {
    var isModelMultilingual: Bool { get set }
    var supportsWordTimestamps: Bool { get }
    var logitsSize: Int? { get }
}

struct ShimDecoder: TextDecoding {
    var isModelMultilingual: Bool
    let supportsWordTimestamps = true
    let logitsSize: Int?
}
