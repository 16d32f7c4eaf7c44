import Foundation

/// Whole lines from a descriptor, read on a thread of its own: a blocking read would hold one of
/// the few threads that tasks share, and the end must be noticed whatever the engine is doing.
final class LineReader: Sendable {
    typealias Line = Result<Data, ProtocolError>

    /// The lines without their ends; one over the cap is a failure, and the next is read afresh.
    let lines: AsyncStream<Line>

    /// Start to read; `whenEnded` is called on the reading thread, before `lines` ends.
    init(_ descriptor: Int32, whenEnded: @escaping @Sendable () -> Void) {
        let (lines, continuation) = AsyncStream.makeStream(of: Line.self)
        self.lines = lines
        Thread.detachNewThread {
            var splitter = LineSplitter()
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = chunk.withUnsafeMutableBytes {
                    read(descriptor, $0.baseAddress, $0.count)
                }
                if count < 0, errno == EINTR { continue }
                if count <= 0 { break }
                splitter.take(chunk[..<count]) { continuation.yield($0) }
            }
            whenEnded()
            continuation.finish()
        }
    }
}

/// Cuts bytes at each `\n`, and nowhere else: a text may hold U+2028.
struct LineSplitter {
    private var pending = Data()
    private var skipping = false

    /// Take the next bytes and give each line that ends in them.
    mutating func take(_ bytes: ArraySlice<UInt8>, _ give: (LineReader.Line) -> Void) {
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            keep(rest[..<end], give)
            if !skipping { give(.success(pending)) }
            pending = Data()
            skipping = false
            rest = rest[(end + 1)...]
        }
        keep(rest, give)
    }

    /// Keep a part of a line; over the cap say so once and drop the rest of it.
    private mutating func keep(_ part: ArraySlice<UInt8>, _ give: (LineReader.Line) -> Void) {
        guard !skipping else { return }
        pending += part
        guard pending.count > Codec.maxLineBytes else { return }
        pending = Data()
        skipping = true
        give(.failure(ProtocolError(description: "a request is over the cap")))
    }
}
