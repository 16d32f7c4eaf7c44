import Foundation

open class TranscriptionResult: @unchecked Sendable {
    public let text: String
    public let segments: [TranscriptionSegment]
    public let language: String

    init(text: String, segments: [TranscriptionSegment], language: String) {
        (self.text, self.segments, self.language) = (text, segments, language)
    }
}

public struct TranscriptionSegment: Sendable {
    public var start: Float
    public var end: Float
    public var text: String
    public var words: [WordTiming]?
}

public struct WordTiming: Sendable {
    public var word: String
    public var start: Float
    public var end: Float
}

public struct TranscriptionTimings: Sendable {
    public var modelLoading: TimeInterval = 0
    public var prewarmLoadTime: TimeInterval = 0
    public var encoderLoadTime: TimeInterval = 0
    public var decoderLoadTime: TimeInterval = 0
    public var tokenizerLoadTime: TimeInterval = 0
}

public typealias SegmentDiscoveryCallback = @Sendable (_ segments: [TranscriptionSegment]) -> Void

public enum WhisperError: Error {
    case modelsUnavailable(String)
    case tokenizerUnavailable(String)
}
