import Foundation

/// Deterministic: says of each window how many samples it heard; the traps are the real one's.
open class WhisperKit {
    public private(set) var currentTimings = TranscriptionTimings()
    public private(set) var modelCompute: ModelComputeOptions
    public var textDecoder: any TextDecoding

    private static let rate = 16_000
    private static let windowSamples = 30 * rate

    public init(_ config: WhisperKitConfig = WhisperKitConfig()) async throws {
        modelCompute = config.computeOptions ?? ModelComputeOptions()
        let folder = config.modelFolder ?? ""
        textDecoder = ShimDecoder(isModelMultilingual: !folder.hasSuffix(".en"))
        for name in ["MelSpectrogram", "AudioEncoder", "TextDecoder"] {
            let path = "\(folder)/\(name).mlmodelc"
            guard FileManager.default.fileExists(atPath: path) else {
                throw WhisperError.modelsUnavailable("Model file not found at \(path)")
            }
        }
        let tokenizer = (config.tokenizerFolder?.path ?? folder) + "/tokenizer.json"
        guard FileManager.default.fileExists(atPath: tokenizer) else {
            throw WhisperError.tokenizerUnavailable(tokenizer)
        }
        (currentTimings.modelLoading, currentTimings.encoderLoadTime) = (0.25, 0.125)
    }

    open func transcribe(
        audioArray: [Float], decodeOptions: DecodingOptions? = nil,
        callback: TranscriptionCallback? = nil, segmentCallback: SegmentDiscoveryCallback? = nil
    ) async throws -> [TranscriptionResult] {
        let options = decodeOptions ?? DecodingOptions()
        let clipped = Int(options.windowClipTime * Float(Self.rate))
        let starts = stride(from: 0, to: max(audioArray.count - clipped, 0), by: Self.windowSamples)
        let segments = starts.map { start in
            let count = min(Self.windowSamples, audioArray.count - start)
            let found = segment(from: start, count: count, words: options.wordTimestamps)
            segmentCallback?([found])
            return found
        }
        let text = segments.map(\.text).joined()
        return [
            TranscriptionResult(text: text, segments: segments, language: options.language ?? "en")
        ]
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

public protocol TextDecoding {
    var isModelMultilingual: Bool { get set }
    var supportsWordTimestamps: Bool { get }
}

struct ShimDecoder: TextDecoding {
    var isModelMultilingual: Bool
    let supportsWordTimestamps = true
}
