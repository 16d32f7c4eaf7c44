import Foundation

/// What an engine throws when it knows whose fault it is; the text says what and what to do.
public enum Refusal: Error {
    /// An option this backend cannot honour: said, never ignored.
    case unsupported(String)
    /// The weights at the given path cannot be used.
    case badModel(String)
    /// The samples at the given path cannot be used.
    case badAudio(String)
    case outOfMemory(String)

    var answer: (kind: Failed.Kind, message: String) {
        switch self {
        case .unsupported(let message): (.unsupported, message)
        case .badModel(let message): (.badModel, message)
        case .badAudio(let message): (.badAudio, message)
        case .outOfMemory(let message): (.outOfMemory, message)
        }
    }
}

/// Turn what a library throws over its weights into `Refusal.badModel`, refusals and want of memory
/// excepted.
public func blaming<Value>(
    _ model: String, isolation: isolated (any Actor)? = #isolation, _ load: () async throws -> Value
) async throws -> Value {
    do {
        return try await load()
    } catch let refusal as Refusal {
        throw refusal
    } catch  where isWantOfMemory(error) {
        throw error
    } catch {
        throw Refusal.badModel("\(model) does not load: \(named(error))")
    }
}

extension Failed {
    private static let longestMessage = 10_000
    private static let longestTraceback = 50_000

    /// The answer to a request that threw; it fits its line whatever a library put into the error.
    init(id: Int, _ error: any Error) {
        let (kind, message) =
            (error as? Refusal)?.answer
            ?? (isWantOfMemory(error) ? .outOfMemory : .error, named(error))
        self.init(
            id: id, kind: kind, message: String(message.prefix(Self.longestMessage)),
            traceback: String(String(reflecting: error).prefix(Self.longestTraceback)))
    }
}

/// The error's type, and what it says of itself.
func named(_ error: any Error) -> String {
    let said = (error as? any LocalizedError)?.errorDescription ?? "\(error)"
    return "\(type(of: error)): \(said)"
}

private func isWantOfMemory(_ error: any Error) -> Bool {
    if let posix = error as? POSIXError { return posix.code == .ENOMEM }
    return false
}
