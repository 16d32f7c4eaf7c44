import Foundation

/// When something happened for the first time; callbacks come from any thread.
public final class FirstMoment: @unchecked Sendable {
    private let lock = NSLock()
    private var moment: Double?

    public init() {}

    public func note(_ seconds: Double) { lock.withLock { moment = moment ?? seconds } }

    /// Seconds as noted first; nil when nothing was.
    public var seconds: Double? { lock.withLock { moment } }
}
