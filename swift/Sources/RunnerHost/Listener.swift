/// Hears one stream. Both calls are told how many samples exist, which is never fewer.
///
/// What to show it hands, at any time until `finish` returns, to what it got from `listen`.
public protocol Listener: Actor {
    /// The policy, and its parameters.
    nonisolated var resolved: Settings { get }

    func hear(_ samples: Int) async throws

    /// Return the transcript of all of it, ended after so many samples.
    func finish(_ samples: Int) async throws -> Transcription
}

/// What to show from now on: after all that stood before comes `stands`, then `mayChange`.
public struct Shown: Sendable, Equatable {
    public var stands: String
    public var mayChange: String
    /// Samples that this text is of.
    public var heard: Int

    public init(stands: String = "", mayChange: String = "", heard: Int) {
        (self.stands, self.mayChange, self.heard) = (stands, mayChange, heard)
    }
}

public typealias Show = @Sendable (Shown) -> Void

/// How a library that streams by itself listens.
public let native = "native"
