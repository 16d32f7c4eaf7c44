import RunnerHost

/// Apple's SpeechAnalyzer: the system's own engine, from macOS 26 on.
///
/// It works in a process of the system's: this process's memory and energy say little about it.
/// Its model has no version but the system's, so that is the library's.
@available(macOS 26, *)
public actor SpeechAnalyzerEngine: SpeechEngine {
    public nonisolated let identity: Identity = (
        "speechanalyzer", Machine.system, .here
    )
    public nonisolated var live: String? { native }

    private var session: SystemSession?

    public init() {}

    /// It has none.
    public func settings(_ options: Options) throws -> Settings {
        try SystemSession.require(options)
        return [:]
    }

    /// Make ready for one language. The weights are the system's: the path is not looked at.
    public func load(
        _ model: String, _ options: Options, _ report: @escaping ProgressReport
    ) async throws -> Settings {
        await close()
        let loaded = try await SystemSession(options)
        session = loaded
        return loaded.resolved
    }

    public func transcribe(_ samples: Samples) async throws -> Transcription {
        guard let session else { throw Refusal.badModel("no model is loaded") }
        return try await session.transcribe(samples)
    }

    public func listen(_ samples: Samples, _ show: @escaping Show) async throws -> any Listener {
        guard let session else { throw Refusal.badModel("no model is loaded") }
        return try await session.listen(samples, show)
    }

    /// Release the locale: an app may reserve but a few.
    public func close() async {
        await session?.close()
        session = nil
    }

    /// Download the system's model for a language; runners never do so when they are measured.
    public static func install(_ language: String) async throws {
        try await SystemSession.install(language)
    }
}
