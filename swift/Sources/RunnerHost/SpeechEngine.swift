/// What a backend implements; one folder in envs/, one adapter, one executable.
public protocol SpeechEngine: Actor {
    /// What `ready` says of it.
    nonisolated var identity: Identity { get }

    /// The library's own settings, each with its default or what `options.extra` asks for.
    ///
    /// Throws `Refusal.unsupported` for a setting that is unknown or of another type.
    func settings(_ options: Options) async throws -> Settings

    /// Bring the weights at the absolute path into memory, so that `transcribe` loads nothing;
    /// return what the library says it will run.
    ///
    /// Throws `Refusal.unsupported` for an option that cannot be honoured, `Refusal.badModel` for
    /// unusable weights.
    func load(
        _ model: String, _ options: Options, _ report: @escaping ProgressReport
    ) async throws -> Settings

    /// Transcribe samples of shape (samples,), float32, mono, 16 kHz, never empty.
    func transcribe(_ samples: Samples) async throws -> Transcription

    /// How it listens, `native`; nil where it cannot.
    nonisolated var live: String? { get }

    /// Return what hears samples that come to exist as time goes; what it hands to `show` is shown.
    func listen(_ samples: Samples, _ show: @escaping Show) async throws -> any Listener

    /// Give back what outlives the process; a runner that is killed does not come to it.
    func close() async
}

extension SpeechEngine {
    public func close() async {}

    public nonisolated var live: String? { nil }

    public func listen(_ samples: Samples, _ show: @escaping Show) async throws -> any Listener {
        throw Refusal.unsupported("it has no live mode")
    }
}

/// Who a runner is: its folder in envs/, its library's version, and how it was built.
public typealias Identity = (backend: String, library: String, build: Build)

/// What a transcription gave; times in seconds from the clip's start, nil where unknown.
public struct Transcription: Sendable {
    public var text: String
    public var language: String?
    public var segments: [Segment]
    public var firstSegmentSeconds: Double?
    /// Nil unless asked for.
    public var words: [Segment]?

    public init(
        text: String, language: String? = nil, segments: [Segment] = [],
        firstSegmentSeconds: Double? = nil, words: [Segment]? = nil
    ) {
        (self.text, self.language, self.segments) = (text, language, segments)
        (self.firstSegmentSeconds, self.words) = (firstSegmentSeconds, words)
    }
}

/// Sends a word, and a fraction if one is known, for the person waiting.
public typealias ProgressReport = @Sendable (_ message: String, _ fraction: Double?) -> Void
