import Foundation

/// Writes messages whole, from any thread: progress comes from elsewhere than answers.
final class LineWriter: Sendable {
    private let descriptor: Int32
    private let lock = NSLock()

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Write one line; throw `ProtocolError` if it is over the cap. Ends the process when nobody
    /// reads any more.
    func send(_ message: some Message) throws {
        let line = try Codec.encode(message)
        lock.withLock {
            line.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let sent = write(
                        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                    if sent > 0 { rest = rest.dropFirst(sent) }
                    if sent < 0, errno != EINTR { _exit(0) }
                }
            }
        }
    }
}
