import Foundation
import RunnerHost
import RunnerProtocol

/// Apple's SpeechAnalyzer: the system's own engine, from macOS 26 on.
///
/// It works in a process of the system's: this process's memory and energy say little about it.
/// Its model has no version but the system's, so that is the library's.
public actor SpeechAnalyzerEngine: SpeechEngine {
    public nonisolated let identity = Identity(
        backend: "speechanalyzer", library: Machine.system, build: build)

    #if SHIM
    static let build = Ready.Build.shim
    #else
    static let build = Ready.Build.real
    #endif

    private var session: (any AnalyzerSession)?

    public init() {}

    /// It has none.
    public func settings(_ options: Options) throws -> Settings {
        try Extra(options.extra).finish()
        return [:]
    }

    /// Make ready for one language. The weights are the system's: the path is not looked at.
    public func load(
        _ model: String, _ options: Options, _ report: @escaping ProgressReport
    ) async throws -> Settings {
        let loaded = try await Self.makeSession(options)
        session = loaded
        return loaded.resolved
    }

    public func transcribe(_ samples: Samples) async throws -> Transcription {
        guard let session else { throw Refusal.badModel("no model is loaded") }
        return try await session.transcribe(samples)
    }

    /// Download the system's model for a language; runners never do so when they are measured.
    public static func install(_ language: String) async throws {
        #if canImport(Speech)
        if #available(macOS 26, *) { return try await SystemSession.install(language) }
        #endif
        throw needed
    }

    private static func makeSession(_ options: Options) async throws -> any AnalyzerSession {
        #if canImport(Speech)
        if #available(macOS 26, *) { return try await SystemSession(options) }
        #endif
        throw needed
    }

    private static var needed: Refusal {
        .unsupported(
            "SpeechAnalyzer needs macOS 26, built with Xcode 26; this is \(Machine.system)")
    }
}

/// What is behind the check for macOS 26.
protocol AnalyzerSession: Sendable {
    var resolved: Settings { get }
    func transcribe(_ samples: Samples) async throws -> Transcription
}
