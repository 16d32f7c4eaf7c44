/// The wire, version 1: one JSON object a line, UTF-8, 16 MiB at most.
///
/// `runners/protocol.py` reads and writes the same lines; `tests/golden/` holds one of each.
public enum Codec {
    public static let version = 1
    public static let maxLineBytes = 16 << 20

    /// Return one line, its end included; throw `ProtocolError` if it is over the cap.
    public static func encode(_ message: some TaggedUnion) throws(ProtocolError) -> [UInt8] {
        var line = message.json.encoded()
        guard line.count < maxLineBytes else {
            throw ProtocolError(.overLongLine, "a message of \(line.count) bytes is over the cap")
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    /// Return the message in one line, its end taken off; throw `ProtocolError` saying what is
    /// wrong with it.
    public static func decode<Union: TaggedUnion>(
        _ union: Union.Type = Union.self, _ line: [UInt8]
    ) throws(ProtocolError) -> Union {
        guard line.count <= maxLineBytes else {
            throw ProtocolError(.overLongLine, "a line of \(line.count) bytes is over the cap")
        }
        do {
            return try Union(json: parse(line))
        } catch {
            let shown = String(decoding: line.prefix(200), as: UTF8.self)
            throw ProtocolError(.brokenLine, "\(error.what): \(shown.debugDescription)")
        }
    }

    private static func parse(_ line: [UInt8]) throws(Malformed) -> JSON {
        // Decoding repairs what is no UTF-8, so a line that changes by it was none.
        guard String(decoding: line, as: UTF8.self).utf8.elementsEqual(line) else {
            throw Malformed(what: "invalid UTF-8")
        }
        return try line.withUnsafeBufferPointer { bytes throws(Malformed) -> JSON in
            var parser = JSONParser(bytes)
            return try parser.parse()
        }
    }
}

/// A line is no message of this protocol; `kind` says in which way.
public struct ProtocolError: Error, CustomStringConvertible {
    public enum Kind: Sendable { case brokenLine, overLongLine }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        (self.kind, self.description) = (kind, description)
    }
}
