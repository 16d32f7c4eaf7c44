import Foundation

/// What an engine throws when it knows whose fault it is; the text says what and what to do.
public struct Refusal: Error {
    let kind: Failed.Kind
    let message: String

    /// An option this backend cannot honour: said, never ignored.
    public static func unsupported(_ message: String) -> Self { Self(.unsupported, message) }
    /// The weights at the given path cannot be used.
    public static func badModel(_ message: String) -> Self { Self(.badModel, message) }
    /// The samples at the given path cannot be used.
    public static func badAudio(_ message: String) -> Self { Self(.badAudio, message) }
    public static func outOfMemory(_ message: String) -> Self { Self(.outOfMemory, message) }

    private init(_ kind: Failed.Kind, _ message: String) {
        (self.kind, self.message) = (kind, message)
    }
}

extension Failed {
    private static let longestMessage = 10_000
    private static let longestTraceback = 50_000

    /// The answer to a request that threw; it fits its line whatever a library put into the error.
    init(id: Int, _ error: any Error) {
        let refusal = error as? Refusal
        let message = refusal?.message ?? named(error)
        self.init(
            id: id, kind: refusal?.kind ?? (isWantOfMemory(error) ? .outOfMemory : .error),
            message: String(message.prefix(Self.longestMessage)),
            traceback: String(String(reflecting: error).prefix(Self.longestTraceback)))
    }
}

/// The error's type, and what it says of itself.
func named(_ error: any Error) -> String {
    let said = (error as? any LocalizedError)?.errorDescription ?? "\(error)"
    return "\(type(of: error)): \(said)"
}

func isWantOfMemory(_ error: any Error) -> Bool {
    (error as? POSIXError)?.code == .ENOMEM
}
